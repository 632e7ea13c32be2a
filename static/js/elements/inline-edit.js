// <inline-edit action="/…"><button class="inline-edit__value">Maya</button><template><input class="input" name="first_name" value="Maya"></template></inline-edit>
// Click or Enter edits, Enter (in a textarea Ctrl/⌘ Enter) saves, Esc cancels. The server answers 200 with a new <inline-edit>, 204, or 422 with
// {"errors": {name: [sentence]}}, text, or HTML holding .field__error. A failed save keeps what was typed.
import { announce, icon, keycaps, make } from "../page.js";

class InlineEdit extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this)
    this.addEventListener("keydown", this)
    this.addEventListener("submit", this)
    this.addEventListener("htmx:beforeSwap", this)
    this.addEventListener("htmx:sendError", this)
    this.addEventListener("htmx:timeout", this)
  }

  get form() { return this.querySelector(".inline-edit__form") }
  get value() { return this.querySelector(".inline-edit__value") }
  get control() { return this.form?.querySelector("input:not([type=hidden]), select, textarea") }

  handleEvent(event) {
    if (event.type === "click") {
      if (event.target.closest("[data-cancel]")) return this.cancel()
      if (event.target.closest(".inline-edit__value") && !event.target.closest("a")) this.edit()
    } else if (event.type === "keydown") this.pressed(event)
    else if (event.type === "submit") {
      event.preventDefault()
      event.stopPropagation()
      this.save()
    } else if (event.type === "htmx:beforeSwap") this.answered(event)
    else this.fail("The connection dropped. Not saved; press Enter to try again.")
  }

  edit() {
    if (this.form) return
    const content = this.querySelector("template").content.cloneNode(true)
    const isLong = !!content.querySelector("textarea")
    const form = make("form", { class: "inline-edit__form", method: "post", action: this.getAttribute("action"), novalidate: true }, content,
      make("div", { class: "inline-edit__bar" },
        make("button", { class: "button button--small button--primary" }, icon("spinner"), "Save"),
        make("button", { type: "button", class: "button button--small button--quiet", "data-cancel": true }, "Cancel"),
        keycaps(isLong ? "Ctrl Enter" : "Enter")))
    form.querySelector(".icon").classList.add("button__busy")
    this.value.hidden = true
    this.append(form)
    window.htmx?.process(form)
    this.control?.focus()
    if (this.control?.matches("input:not([type=date], [type=number], [type=checkbox])")) this.control.select()
  }

  pressed(event) {
    if (!this.form?.contains(event.target)) return
    if (event.key === "Escape" && !event.defaultPrevented) {
      event.preventDefault()
      event.stopPropagation()
      this.cancel()
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      this.save()
    }
  }

  cancel() {
    this.form?.remove()
    this.value.hidden = false
    this.value.focus()
  }

  async save() {
    if (this.busy) return
    this.busy = true
    this.form.querySelector(".button--primary").setAttribute("data-busy", "")
    const values = {}
    for (const [name, value] of new FormData(this.form)) values[name] = name in values ? [].concat(values[name], value) : value
    try {
      await window.htmx.ajax("POST", this.getAttribute("action"), { source: this, target: this, swap: "outerHTML", values })
    } catch { /* told by htmx:sendError */ }
    this.busy = false
    this.form?.querySelector(".button--primary")?.removeAttribute("data-busy")
  }

  answered(event) {
    if (event.detail.target !== this) return
    const { xhr } = event.detail
    if (xhr.status === 204 || (xhr.status === 200 && !xhr.responseText.trim())) {
      event.detail.shouldSwap = false
      const control = this.control
      const text = control?.selectedOptions ? [...control.selectedOptions].map(option => option.text).join(", ") : control?.value
      this.value.textContent = text || "–"
      this.cancel()
    } else if (xhr.status >= 400) {
      event.detail.shouldSwap = false
      this.fail(sentence(xhr))
    } else {
      const { parentElement } = this
      const at = [...parentElement.children].indexOf(this)
      announce("Saved")
      requestAnimationFrame(() => (parentElement.children[at]?.querySelector(".inline-edit__value") ?? parentElement).focus?.())
    }
  }

  fail(words) {
    if (!this.form) return
    this.form.querySelector(".field__error")?.remove()
    const error = make("span", { class: "field__error", role: "alert", id: `error-${Math.random().toString(36).slice(2)}` }, icon("warning", 14), make("span", {}, words))
    this.form.querySelector(".inline-edit__bar").before(error)
    this.control?.setAttribute("aria-invalid", "true")
    this.control?.setAttribute("aria-describedby", error.id)
    this.control?.focus()
  }
}

function sentence(xhr) {
  const kind = xhr.getResponseHeader("Content-Type") ?? ""
  if (kind.includes("json")) {
    try {
      const { errors, message } = JSON.parse(xhr.responseText)
      return [errors ? Object.values(errors).flat(2) : message].flat().join(" ")
    } catch { return "Not saved." }
  }
  if (kind.includes("html")) {
    const page = new DOMParser().parseFromString(xhr.responseText, "text/html")
    return page.querySelector(".field__error, .errorlist")?.textContent.trim() || `Not saved: the server answered ${xhr.status}.`
  }
  return xhr.responseText.slice(0, 300) || "Not saved."
}
customElements.define("inline-edit", InlineEdit)
