// <message-composer data-draft="key"><form>…<textarea>: Ctrl/⌘ Enter sends; what is typed is kept in this browser until it was sent.
// A freshly rendered one (data-fresh) after sending has no draft any more.
const KEPT = "draft:"

class MessageComposer extends HTMLElement {
  get form() { return this.querySelector("form") }
  get box() { return this.querySelector("textarea") }
  get key() { return KEPT + this.dataset.draft }

  connectedCallback() {
    this.addEventListener("keydown", this)
    this.addEventListener("input", this)
    this.addEventListener("htmx:beforeSwap", this)
    if (this.hasAttribute("data-fresh") && !this.box.value) this.box.value = read(this.key)
    this.draw()
  }

  handleEvent(event) {
    if (event.type === "htmx:beforeSwap") {
      if (event.detail.target === this && event.detail.xhr.status < 400) write(this.key, "")
      return
    }
    if (event.type === "keydown") {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      this.form.requestSubmit(this.form.querySelector(".button--primary"))
    } else if (event.target === this.box) {
      write(this.key, this.box.value)
      this.draw()
    }
  }

  draw() {
    const note = this.querySelector("[data-draft-note]")
    if (note) note.hidden = !this.box.value.trim()
  }
}

function read(key) {
  try { return sessionStorage.getItem(key) ?? "" } catch { return "" }
}

function write(key, text) {
  try { text.trim() ? sessionStorage.setItem(key, text) : sessionStorage.removeItem(key) } catch { /* private windows may refuse */ }
}
customElements.define("message-composer", MessageComposer)
