// <toast-stack id="toasts" popover="manual">: server toasts, toasts from the HX-Trigger header {"toast": {"text", "level", "undo_url"}}, and toast().
import { icon, keycaps, make } from "../page.js";

const STAYS = 6000
const icons = { ok: "check-circle", info: "info", warn: "warning", bad: "warning" }

class ToastStack extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this)
    document.body.addEventListener("toast", this)
    this.addEventListener("progress:done", this)
    this.seen = new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(node => this.welcome(node))))
    this.seen.observe(this, { childList: true })
    ;[...this.children].forEach(child => this.welcome(child))
  }

  disconnectedCallback() {
    this.seen.disconnect()
    document.body.removeEventListener("toast", this)
  }

  handleEvent(event) {
    if (event.type === "toast") {
      const { text, value, ...options } = event.detail
      return this.show(text ?? value, { ...options, undoUrl: event.detail.undo_url })
    }
    const item = event.target.closest(".toast")
    if (event.type === "progress:done") return setTimeout(() => this.dismiss(item), STAYS * 1.5)
    if (event.target.closest("[data-retry]") && item) item.retry ? item.retry() : location.reload()
    const button = event.target.closest("[data-dismiss], [data-retry]")
    if (!button) return
    if (!button.hasAttribute("hx-post")) return setTimeout(() => this.dismiss(item), 0)
    // Stays in the page until the answer, whose events bubble from it.
    item.hidden = true
    item.addEventListener("htmx:afterRequest", () => setTimeout(() => this.dismiss(item), 0), { once: true })
  }

  show(text, { level = "ok", undoUrl, retry } = {}) {
    const item = make("div", { class: `toast toast--${level}`, role: level === "bad" ? "alert" : "status", "data-level": level },
      icon(icons[level] ?? "info"), make("span", { class: "toast__text" }, String(text)))
    if (undoUrl) {
      item.append(make("button", { type: "button", class: "button button--quiet button--small", "hx-post": undoUrl, "hx-swap": "none", "data-key": "Z", "data-dismiss": true }, "Undo ", keycaps("Z")))
    }
    if (retry) item.append(make("button", { type: "button", class: "button button--small", "data-retry": true }, "Try again"))
    item.append(make("button", { type: "button", class: "icon-button icon-button--small", "data-dismiss": true, "aria-label": "Dismiss" }, icon("x", 14)))
    item.retry = retry
    this.append(item)
    window.htmx?.process(item)
  }

  welcome(item) {
    if (!item.matches?.(".toast")) return
    if (this.popover) {
      // Opened anew each time, so that it lies above a dialog that opened in between.
      if (this.matches(":popover-open")) this.hidePopover()
      this.showPopover()
    }
    while (this.children.length > 4) this.firstElementChild.remove()
    if (item.dataset.level === "bad" || "stay" in item.dataset) return
    let timer = setTimeout(() => this.dismiss(item), STAYS)
    const hold = () => clearTimeout(timer)
    const release = () => { clearTimeout(timer); timer = setTimeout(() => this.dismiss(item), STAYS) }
    item.addEventListener("pointerenter", hold)
    item.addEventListener("focusin", hold)
    item.addEventListener("pointerleave", release)
    item.addEventListener("focusout", release)
  }

  dismiss(item) {
    item?.remove()
    if (!this.querySelector(".toast:not([hidden])") && this.popover && this.matches(":popover-open")) this.hidePopover()
  }
}
customElements.define("toast-stack", ToastStack)

/** Shows a toast: toast("Saved", {level: "ok" | "info" | "warn" | "bad", undoUrl, retry: function}). */
export function toast(text, options) {
  document.querySelector("toast-stack")?.show(text, options)
}
