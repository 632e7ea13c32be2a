// <modal-dialog><dialog class="dialog" id="dialog">: opens when htmx puts content into it, or by <button data-dialog="#id">; closes by
// [data-close], Esc, a click beside it, an empty answer, or the HX-Trigger "dialog:close". What was typed survives a failed request.
class ModalDialog extends HTMLElement {
  get dialog() { return this.querySelector("dialog") }

  connectedCallback() {
    this.addEventListener("click", this)
    this.addEventListener("mousedown", this)
    this.addEventListener("htmx:afterSwap", this)
    this.addEventListener("htmx:afterRequest", this)
    document.body.addEventListener("dialog:close", this)
    document.addEventListener("click", this)
  }

  disconnectedCallback() {
    document.body.removeEventListener("dialog:close", this)
    document.removeEventListener("click", this)
  }

  handleEvent(event) {
    if (event.type === "dialog:close") return this.close()
    if (event.type === "htmx:afterSwap") return event.detail.target === this.dialog && this.arrived()
    if (event.type === "htmx:afterRequest") return event.detail.xhr.status === 204 && event.detail.requestConfig.verb !== "get" && this.close()
    if (event.type === "mousedown") { this.pressedBeside = event.target === this.dialog; return }
    if (event.currentTarget === document) {
      if (!event.defaultPrevented && event.target.closest?.("[data-alone] button[data-close]")) {
        event.preventDefault()
        history.back()
      }
      const opener = event.target.closest?.("[data-dialog]")
      if (opener && document.querySelector(opener.dataset.dialog) === this.dialog) {
        event.preventDefault()
        this.open()
      }
      return
    }
    if (event.target.closest("[data-close]")) {
      event.preventDefault()
      this.close()
    } else if (event.target === this.dialog && this.pressedBeside && !this.isDirty()) this.close()
  }

  arrived() {
    if (!this.dialog.textContent.trim() && !this.dialog.children.length) return this.close()
    this.open()
  }

  open() {
    if (!this.dialog.open) this.dialog.showModal()
    this.dialog.classList.toggle("dialog--wide", !!this.dialog.querySelector("[data-wide]"))
    const find = selector => this.dialog.querySelector(selector)
    ;(find("[aria-invalid=true]") ?? find("[autofocus]") ?? find("input:not([type=hidden]), select, textarea") ?? find("h2"))?.focus()
    this.before = this.state()
  }

  close() { if (this.dialog.open) this.dialog.close() }

  /** Whether something was typed; then a click beside the dialog does not throw it away. */
  isDirty() { return this.before !== this.state() }

  state() { return [...this.dialog.querySelectorAll("form")].map(form => new URLSearchParams([...new FormData(form)].filter(pair => typeof pair[1] === "string")).toString()).join() }
}
customElements.define("modal-dialog", ModalDialog)
