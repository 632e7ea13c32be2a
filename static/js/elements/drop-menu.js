// <drop-menu><button aria-haspopup="menu">…</button><div class="menu" role="menu" popover>…</div></drop-menu>
// Any popover works: role="menu" moves with the arrow keys, another box (class "menu popover") keeps Tab.
import { placeBeside } from "../page.js";

class DropMenu extends HTMLElement {
  get box() { return this.querySelector(":scope > [popover]") }
  get openers() { return this.querySelectorAll(":scope > button") }
  get items() { return [...this.box.querySelectorAll("[role^=menuitem]")].filter(item => item.offsetParent !== null || item.getClientRects().length) }
  get isMenu() { return this.box.getAttribute("role") === "menu" }

  connectedCallback() {
    this.addEventListener("click", this)
    this.addEventListener("keydown", this)
    this.box?.addEventListener("toggle", this)
    this.openers.forEach(opener => opener.setAttribute("aria-expanded", "false"))
  }

  handleEvent(event) {
    if (event.type === "toggle") return this.toggled(event.newState === "open")
    if (event.type === "keydown") return this.pressed(event)
    const opener = event.target.closest("button")
    if (opener?.parentElement === this) {
      this.opener = opener
      // A light-dismiss has just closed it by this very press: leave it closed.
      if (Date.now() - (this.closedAt ?? 0) > 150) this.box.togglePopover()
    } else if (event.target.closest("[role^=menuitem]:not([role=menuitemcheckbox]), [data-close]")) this.box.hidePopover()
  }

  toggled(isOpen) {
    this.openers.forEach(opener => opener.setAttribute("aria-expanded", String(isOpen)))
    if (!isOpen) { this.closedAt = Date.now(); return }
    const visible = [...this.openers].find(opener => opener.getClientRects().length)
    placeBeside(this.box, this.opener?.getClientRects().length ? this.opener : visible)
    if (this.isMenu) this.items[0]?.focus()
    else this.box.querySelector("[autofocus], input:not([type=hidden]), select:not([hidden]), button")?.focus()
  }

  pressed(event) {
    const isOpen = this.box.matches(":popover-open")
    if (!isOpen) {
      if (event.key === "ArrowDown" && event.target.closest("button")?.parentElement === this) {
        event.preventDefault()
        this.opener = event.target.closest("button")
        this.box.showPopover()
      }
      return
    }
    if (event.key === "Escape") {
      event.stopPropagation()
      event.preventDefault()
      this.box.hidePopover()
      return this.opener?.focus()
    }
    if (!this.isMenu) return
    const items = this.items
    const at = items.indexOf(document.activeElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key]
    if (to !== undefined) {
      event.preventDefault()
      items[(to + items.length) % items.length]?.focus()
    } else if (event.key === "Tab") this.box.hidePopover()
    else if (event.key.length === 1 && /\S/.test(event.key) && !event.ctrlKey && !event.metaKey) {
      const typed = event.key.toLowerCase()
      const next = [...items.slice(at + 1), ...items.slice(0, at + 1)].find(item => item.textContent.trim().toLowerCase().startsWith(typed))
      event.stopPropagation()
      next?.focus()
    }
  }
}
customElements.define("drop-menu", DropMenu)
