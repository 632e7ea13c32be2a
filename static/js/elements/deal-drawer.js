// <deal-drawer><dialog class="drawer" id="drawer">: an opportunity beside the board or list it was opened from. A link inside
// [data-opens-drawer] whose address is that of an opportunity opens here; with Ctrl, ⌘ or the middle button it opens elsewhere as ever.
// The address bar follows, so that it can be copied, and Back closes.
const ADDRESS = /\/opportunities\/[0-9A-Za-z]{20}$/

class DealDrawer extends HTMLElement {
  get dialog() { return this.querySelector("dialog") }

  connectedCallback() {
    document.addEventListener("click", this)
    document.addEventListener("open", this)
    this.addEventListener("htmx:afterSwap", this)
    this.addEventListener("click", this)
    this.dialog.addEventListener("close", this)
    document.body.addEventListener("drawer:close", this)
    addEventListener("popstate", this)
  }

  disconnectedCallback() {
    document.removeEventListener("click", this)
    document.removeEventListener("open", this)
    document.body.removeEventListener("drawer:close", this)
    removeEventListener("popstate", this)
  }

  handleEvent(event) {
    if (event.type === "htmx:afterSwap") return event.detail.target === this.dialog && this.arrived()
    if (event.type === "close") return this.closed()
    if (event.type === "drawer:close") return this.dialog.close()
    if (event.type === "popstate") return this.dialog.open && !event.state?.drawer && this.leave()
    if (event.type === "open") return this.offered(event, event.detail?.url)
    if (event.currentTarget === this) {
      if (event.target === this.dialog || event.target.closest("[data-close-drawer]")) {
        event.preventDefault()
        this.dialog.close()
      }
      return
    }
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    const link = event.target.closest?.("[data-opens-drawer] a[href]")
    this.offered(event, link?.href)
  }

  offered(event, address) {
    if (!address) return
    const url = new URL(address, document.baseURI)
    if (url.origin !== location.origin || !ADDRESS.test(url.pathname)) return
    event.preventDefault()
    this.opener = document.activeElement?.closest?.("li[id], tr")?.id || null
    this.url = url.pathname
    window.htmx.ajax("GET", url.pathname, { target: this.dialog, swap: "innerHTML" })
  }

  arrived() {
    if (!this.dialog.open) {
      this.title = document.title
      this.dialog.showModal()
      history.pushState({ drawer: true }, "", this.url)
    }
    const heading = this.dialog.querySelector("#deal-title")
    document.title = `${heading?.textContent.trim() ?? ""} · HoopAI`
    heading?.focus()
    this.dialog.scrollTop = 0
  }

  leave() {
    this.isLeaving = true
    this.dialog.close()
  }

  closed() {
    document.title = this.title
    this.dialog.replaceChildren()
    if (!this.isLeaving && history.state?.drawer) history.back()
    this.isLeaving = false
    if (this.opener) document.getElementById(this.opener)?.querySelector("a")?.focus()
  }
}
customElements.define("deal-drawer", DealDrawer)
