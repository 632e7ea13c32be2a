// <upload-list most="10" most-bytes="…" most-total="…"><label class="drop">… <input type="file" multiple></label><ul class="upload-files"></ul></upload-list>
// inside a plain multipart form. Files are dropped or chosen, checked against the limits, listed, and sent in one request with a bar for each.
import { announce, csrfToken, make } from "../page.js";

class UploadList extends HTMLElement {
  get input() { return this.querySelector("input[type=file]") }
  get form() { return this.closest("form") }
  get list() { return this.querySelector(".upload-files") }

  connectedCallback() {
    for (const kind of ["dragenter", "dragover", "dragleave", "drop", "change", "click"]) this.addEventListener(kind, this)
    this.form?.addEventListener("submit", this)
  }

  disconnectedCallback() {
    this.form?.removeEventListener("submit", this)
    this.request?.abort()
  }

  handleEvent(event) {
    if (event.type === "click") return event.target.closest("[data-drop]") && this.without(Number(event.target.closest("[data-drop]").dataset.drop))
    if (event.type === "change") return event.target === this.input && this.show()
    if (event.type === "submit") {
      event.preventDefault()
      return this.send()
    }
    event.preventDefault()
    this.toggleAttribute("over", event.type === "dragover" || event.type === "dragenter")
    if (event.type === "drop" && event.dataTransfer.files.length) this.take([...this.most > 1 ? this.input.files : [], ...event.dataTransfer.files])
  }

  get most() { return Number(this.getAttribute("most")) }

  take(files) {
    const held = new DataTransfer()
    for (const file of files) held.items.add(file)
    this.input.files = held.files
    this.show()
  }

  without(place) {
    this.take([...this.input.files].filter((_, number) => number !== place))
    this.input.focus()
  }

  show() {
    const files = [...this.input.files]
    this.list.replaceChildren(...files.map((file, number) => make("li", { class: "upload-file" },
      make("span", { class: "clip" }, `${file.name}, ${size(file.size)}`),
      make("button", { type: "button", class: "button button--small button--quiet", "data-drop": String(number), "aria-label": `Remove ${file.name}` }, "Remove"))))
    const words = this.trouble(files)
    this.say(words)
    if (!words && files.length) announce(`${files.length === 1 ? files[0].name : `${files.length} files`} chosen`)
    return words
  }

  trouble(files) {
    const each = Number(this.getAttribute("most-bytes"))
    const all = Number(this.getAttribute("most-total"))
    if (files.length > this.most) return `At most ${this.most} ${this.most === 1 ? "file" : "files"} at once; these are ${files.length}.`
    const large = files.find(file => file.size > each)
    if (large) return `${large.name} has ${size(large.size)}; at most ${size(each)} are possible.`
    const empty = files.find(file => !file.size)
    if (empty) return `${empty.name} is empty.`
    return files.reduce((sum, file) => sum + file.size, 0) > all ? `Together these are more than ${size(all)}.` : ""
  }

  send() {
    const files = [...this.input.files]
    if (this.request || !files.length || this.show()) return this.free()
    const bars = files.map((file, number) => {
      const bar = make("progress", { max: "100", value: "0", "aria-label": `Upload of ${file.name}` })
      this.list.children[number].lastChild.replaceWith(bar)
      return bar
    })
    const request = this.request = new XMLHttpRequest()
    request.open("POST", this.form.action)
    request.setRequestHeader("X-CSRFToken", csrfToken())
    request.setRequestHeader("HX-Request", "true")
    // The files travel in their order, so what has left belongs to the first ones.
    request.upload.onprogress = event => {
      let left = event.loaded
      files.forEach((file, number) => {
        bars[number].value = Math.max(0, Math.min(100, Math.round(100 * left / file.size)))
        left -= file.size
      })
    }
    request.upload.onload = () => announce("Uploaded. The files are being checked.")
    request.onerror = () => this.stopped("The upload broke off. Press the button to try once more.")
    request.onload = () => this.answered(request)
    request.send(new FormData(this.form))
  }

  answered(request) {
    if (request.status >= 200 && request.status < 300) {
      const told = JSON.parse(request.getResponseHeader("HX-Trigger") || "{}")
      this.request = null
      this.free()
      if (!document.getElementById("documents")) return location.assign(this.form.querySelector("a[data-close]")?.href || location.href)
      for (const [name, detail] of Object.entries(told)) document.body.dispatchEvent(new CustomEvent(name, { detail: detail || {}, bubbles: true }))
      return
    }
    const page = new DOMParser().parseFromString(request.responseText, "text/html")
    const words = page.querySelector(".field__error, .trouble, [role=alert]")?.textContent.trim()
    this.stopped(words || { 413: "The files are too large." }[request.status] || `The upload did not work (${request.status}).`)
  }

  stopped(words) {
    this.request = null
    this.show()
    this.say(words)
    this.free()
  }

  free() { this.form.querySelectorAll("[data-busy]").forEach(button => button.removeAttribute("data-busy")) }

  say(words) {
    this.querySelector(".field__error")?.remove()
    if (words) this.querySelector(".drop").append(make("span", { class: "field__error", role: "alert" }, words))
  }
}

const size = bytes => bytes < 1024 ? `${bytes} B` : bytes < 1048576 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`
customElements.define("upload-list", UploadList)
