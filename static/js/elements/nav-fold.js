// <nav-fold>: folds the navigation to icons; remembered in a cookie, so the server draws the next page right at once.
import { announce, remember } from "../page.js";

class NavFold extends HTMLElement {
  connectedCallback() {
    this.button?.addEventListener("click", this)
    this.show()
  }

  get button() { return this.querySelector("[data-fold]") }

  handleEvent() {
    const folded = document.body.dataset.nav !== "folded"
    document.body.dataset.nav = folded ? "folded" : "open"
    remember("nav", document.body.dataset.nav)
    announce(folded ? "Navigation folded" : "Navigation unfolded")
    this.show()
  }

  show() {
    const folded = document.body.dataset.nav === "folded"
    this.button?.setAttribute("aria-expanded", String(!folded))
    this.button?.setAttribute("title", folded ? "Unfold the navigation" : "Fold the navigation")
  }
}
customElements.define("nav-fold", NavFold)
