// <notification-bell count-url panel-url><a href="…page…">…<span class="bell__count" hidden></span></a><div popover></div></notification-bell>
// Asks for the number of unread notifications after the page has loaded and then every minute while the page is seen. A press opens the
// latest below the bell; without script, on phones and with a modifier key the link leads to the page.
import { announce, placeBeside } from "../page.js";

const EVERY = 60000, FRESH = 15000
const phone = matchMedia("(max-width: 759px)")

class NotificationBell extends HTMLElement {
  get link() { return this.querySelector("a") }
  get box() { return this.querySelector("[popover]") }

  connectedCallback() {
    this.key = `bell:${this.getAttribute("count-url")}`
    this.addEventListener("click", this)
    this.addEventListener("pointerdown", this)
    this.addEventListener("keydown", this)
    this.box.addEventListener("toggle", this)
    document.addEventListener("visibilitychange", this)
    for (const name of ["notifications:read", "notifications:changed"]) document.body.addEventListener(name, this)
    const held = this.remembered()
    if (held) this.show(held.unread)
    if (!held || Date.now() - held.at > FRESH) setTimeout(() => this.ask(), 300)
    this.timer = setInterval(() => document.hidden || this.ask(), EVERY)
  }

  disconnectedCallback() {
    clearInterval(this.timer)
    document.removeEventListener("visibilitychange", this)
    for (const name of ["notifications:read", "notifications:changed"]) document.body.removeEventListener(name, this)
  }

  handleEvent(event) {
    if (event.type === "visibilitychange") return document.hidden || this.ask()
    if (event.type === "notifications:read") {
      // The row pressed has been replaced: whoever works with the keyboard goes on from there.
      setTimeout(() => document.activeElement === document.body && this.box.matches(":popover-open") && this.items[this.at]?.focus(), 50)
      return this.ask(false)
    }
    if (event.type === "notifications:changed") return this.box.matches(":popover-open") && this.load()
    if (event.type === "pointerdown") { this.wasOpen = this.link.contains(event.target) && this.box.matches(":popover-open"); return }
    if (event.type === "keydown") return this.pressed(event)
    if (event.type === "toggle") {
      this.link.setAttribute("aria-expanded", String(event.newState === "open"))
      if (event.newState === "open") return
      if (document.activeElement === document.body) this.link.focus()
      return
    }
    this.at = Math.max(0, this.items.findIndex(item => item.closest("li").contains(event.target)))
    if (!event.target.closest("a") || event.target.closest("a") !== this.link) return
    if (phone.matches || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return
    event.preventDefault()
    // The press itself has closed an open panel: leave it closed.
    if (!this.wasOpen) this.open()
    this.wasOpen = false
  }

  async open() {
    if (!(await this.load())) return location.assign(this.link.href)
    this.box.showPopover()
    placeBeside(this.box, this.link)
    ;(this.items[0] ?? this.box.querySelector("a, button"))?.focus()
  }

  get items() { return [...this.box.querySelectorAll(".notice__link")] }

  async load() {
    try {
      const answer = await fetch(this.getAttribute("panel-url"), { headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(10000) })
      if (!answer.ok) return false
      window.htmx.swap(this.box, await answer.text(), { swapStyle: "innerHTML" })
      return true
    } catch {
      return false
    }
  }

  pressed(event) {
    if (!this.box.matches(":popover-open")) return
    if (event.key === "Escape") {
      event.preventDefault()
      event.stopPropagation()
      this.box.hidePopover()
      return this.link.focus()
    }
    const items = this.items
    const at = items.findIndex(item => item.closest("li").contains(document.activeElement))
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key]
    if (to === undefined || !items.length) return
    event.preventDefault()
    items[(to + items.length) % items.length].focus()
  }

  async ask(tells = true) {
    try {
      const answer = await fetch(this.getAttribute("count-url"), { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(10000) })
      if (!answer.ok) return
      const { unread } = await answer.json()
      const before = this.unread ?? 0
      this.show(unread)
      try { sessionStorage.setItem(this.key, JSON.stringify({ unread, at: Date.now() })) } catch { /* a private window keeps nothing */ }
      if (tells && unread > before && this.known) {
        announce(`${unread} unread notifications`)
        document.body.dispatchEvent(new CustomEvent("notifications:changed"))
      }
      this.known = true
    } catch { /* the next minute asks again */ }
  }

  remembered() {
    try { return JSON.parse(sessionStorage.getItem(this.key)) } catch { return null }
  }

  show(unread) {
    this.unread = unread
    const count = this.querySelector(".bell__count")
    count.hidden = !unread
    count.textContent = unread > 99 ? "99+" : unread
    this.link.setAttribute("aria-label", unread ? `Notifications, ${unread > 99 ? "more than 99" : unread} unread` : "Notifications")
  }
}
customElements.define("notification-bell", NotificationBell)
