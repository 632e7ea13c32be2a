// <entry-drawer><dialog class="drawer">: an entry of the audit log beside the list it was opened from. Arrows step to the entries
// beside it, the address bar follows, and Back or Esc closes. A link opened with Ctrl, ⌘ or the middle button goes elsewhere as ever.
class EntryDrawer extends HTMLElement {
  get dialog() { return this.querySelector("dialog") }

  connectedCallback() {
    document.addEventListener("click", this)
    addEventListener("popstate", this)
    for (const type of ["keydown", "htmx:afterSwap"]) this.addEventListener(type, this)
    this.dialog.addEventListener("close", this)
  }

  disconnectedCallback() {
    document.removeEventListener("click", this)
    removeEventListener("popstate", this)
  }

  handleEvent(event) {
    if (event.type === "htmx:afterSwap") return event.detail.target === this.dialog && this.arrived()
    if (event.type === "close") return this.closed()
    if (event.type === "popstate") return this.dialog.open && !event.state?.entry && this.leave()
    if (event.type === "keydown") return this.pressed(event)
    if (event.target === this.dialog || event.target.closest("[data-close-drawer]")) return this.dialog.open && this.dialog.close()
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    const link = event.target.closest("[data-opens-entry] td:first-child a[href], entry-drawer a[rel=prev], entry-drawer a[rel=next]")
    if (link?.href) { event.preventDefault(); this.show(link) }
  }

  pressed(event) {
    const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key]
    if (!rel || event.ctrlKey || event.metaKey || event.altKey) return
    const link = this.querySelector(`a[rel=${rel}][href]`)
    event.preventDefault()
    event.stopPropagation()
    if (link) this.show(link)
  }

  show(link) {
    this.url = link.href
    if (!this.dialog.open) this.opener = link
    window.htmx.ajax("GET", link.href, { target: this.dialog, swap: "innerHTML" })
  }

  arrived() {
    if (this.dialog.open) history.replaceState({ entry: true }, "", this.url)
    else {
      this.dialog.showModal()
      history.pushState({ entry: true }, "", this.url)
    }
    this.dialog.querySelector("h2")?.focus()
    this.dialog.scrollTop = 0
  }

  leave() {
    this.isLeaving = true
    this.dialog.close()
  }

  closed() {
    this.dialog.replaceChildren()
    if (!this.isLeaving && history.state?.entry) history.back()
    this.isLeaving = false
    this.opener?.focus()
  }
}
customElements.define("entry-drawer", EntryDrawer)
