// <file-drop max="52428800" accept=".csv"><label class="drop">… <input type="file" name="file"> …</label></file-drop> inside a plain form.
// Dropping or choosing a file shows its name and size; with the attribute send it is uploaded at once with a progress bar, else by the form's button.
import { announce, csrfToken, make } from "../page.js";

class FileDrop extends HTMLElement {
  get input() { return this.querySelector("input[type=file]") }
  get form() { return this.closest("form") }

  connectedCallback() {
    for (const kind of ["dragenter", "dragover", "dragleave", "drop", "change"]) this.addEventListener(kind, this)
    this.form?.addEventListener("submit", this)
  }

  disconnectedCallback() { this.form?.removeEventListener("submit", this) }

  handleEvent(event) {
    if (event.type === "change") return event.target === this.input && this.chosen()
    if (event.type === "submit") {
      if (!this.input.files.length || event.defaultPrevented) return
      event.preventDefault()
      return this.send()
    }
    event.preventDefault()
    this.toggleAttribute("over", event.type === "dragover" || event.type === "dragenter")
    if (event.type === "drop" && event.dataTransfer.files.length) {
      this.input.files = event.dataTransfer.files
      this.chosen()
    }
  }

  chosen() {
    this.querySelector(".field__error")?.remove()
    const file = this.input.files[0]
    if (!file) return
    const max = Number(this.getAttribute("max") || 0)
    const kinds = (this.getAttribute("accept") || "").split(",").map(kind => kind.trim().toLowerCase()).filter(Boolean)
    if (max && file.size > max) return this.refuse(`This file has ${size(file.size)}; at most ${size(max)} are possible.`)
    if (!file.size) return this.refuse("This file is empty.")
    if (kinds.length && !kinds.some(kind => file.name.toLowerCase().endsWith(kind))) return this.refuse(`Choose a file that ends in ${kinds.join(" or ")}.`)
    this.querySelector(".drop__file")?.remove()
    this.querySelector(".drop__title").after(make("span", { class: "drop__file" }, `${file.name}, ${size(file.size)}`))
    announce(`${file.name} chosen`)
    if (this.hasAttribute("send")) this.send()
  }

  refuse(words) {
    this.input.value = ""
    this.querySelector(".drop__file")?.remove()
    this.querySelector(".drop").append(make("span", { class: "field__error", role: "alert" }, words))
  }

  send() {
    if (this.hasAttribute("busy")) return
    this.toggleAttribute("busy", true)
    const bar = make("progress", { max: "100", value: "0", "aria-label": "Upload" })
    this.querySelector(".drop").append(bar)
    const request = new XMLHttpRequest()
    request.open("POST", this.form.action)
    request.setRequestHeader("X-CSRFToken", csrfToken())
    request.setRequestHeader("X-Requested-With", "upload")
    request.upload.onprogress = event => { if (event.lengthComputable) bar.value = Math.round(100 * event.loaded / event.total) }
    request.upload.onload = () => { bar.removeAttribute("value"); announce("Uploaded. The file is being read.") }
    request.onerror = () => this.stopped("The upload broke off. Choose the file again, or press the button to try once more.", bar)
    request.onload = () => this.answered(request, bar)
    request.send(new FormData(this.form))
  }

  answered(request, bar) {
    const next = request.getResponseHeader("HX-Redirect")
    if (next) return location.assign(next)
    if (request.status >= 200 && request.status < 300 && request.responseURL !== this.form.action) return location.assign(request.responseURL)
    const page = new DOMParser().parseFromString(request.responseText, "text/html")
    const words = page.querySelector(".field__error, .errorlist, .error-summary p")?.textContent.trim()
    this.stopped(words || { 413: "The file is too large." }[request.status] || `The upload did not work (${request.status}).`, bar)
  }

  stopped(words, bar) {
    bar.remove()
    this.toggleAttribute("busy", false)
    this.form.querySelectorAll("[data-busy]").forEach(button => button.removeAttribute("data-busy"))
    this.querySelector(".field__error")?.remove()
    this.querySelector(".drop").append(make("span", { class: "field__error", role: "alert" }, words))
  }
}

const size = bytes => bytes < 1024 ? `${bytes} B` : bytes < 1048576 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`
customElements.define("file-drop", FileDrop)
