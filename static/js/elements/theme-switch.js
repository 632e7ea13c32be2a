// <theme-switch>: system, light or dark; kept in a cookie so that the server draws the next page in it.
import { icon, make, remember } from "../page.js";

const themes = [["system", "System", "monitor"], ["light", "Light", "sun"], ["dark", "Dark", "moon"]]

class ThemeSwitch extends HTMLElement {
  connectedCallback() {
    if (!this.firstChild) {
      const buttons = themes.map(([value, label, name]) => make("button", { type: "button", class: "segment", value }, icon(name, 14), label))
      this.append(make("div", { class: "segments segments--framed", role: "group", "aria-label": "Theme" }, ...buttons))
    }
    this.addEventListener("click", this)
    this.show()
  }

  handleEvent(event) {
    const theme = event.target.closest("button")?.value
    if (!theme) return
    event.stopPropagation()
    remember("theme", theme)
    if (theme === "system") delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme
    document.querySelectorAll("theme-switch").forEach(element => element.show())
  }

  show() {
    const now = document.documentElement.dataset.theme ?? "system"
    this.querySelectorAll("button").forEach(button => button.setAttribute("aria-pressed", String(button.value === now)))
  }
}
customElements.define("theme-switch", ThemeSwitch)
