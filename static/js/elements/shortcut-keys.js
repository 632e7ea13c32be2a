// <shortcut-keys>: every element with data-key="C" or data-key="G C" is pressed by its keys; "/" focuses it.
// Rests while typing or while a dialog is open; the attribute off (a setting of the person) leaves only "?" in menus.
import { isTyping, keycaps, icon, make, wordsOf } from "../page.js";

const WAITS = 1000
const always = [["Ctrl K", "Search and commands"], ["Esc", "Close, step back"]]
const inTables = [["J K", "Next, previous row"], ["X", "Select the row"], ["Enter", "Open"]]

class ShortcutKeys extends HTMLElement {
  connectedCallback() {
    document.addEventListener("keydown", this)
    document.addEventListener("click", this)
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this)
    document.removeEventListener("click", this)
  }

  handleEvent(event) {
    if (event.type === "click") return event.target.closest?.("[data-shortcuts]") && this.showAll()
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return
    if (this.hasAttribute("off") || isTyping(event.target) || document.querySelector("dialog[open]")) return
    if (document.querySelector("[popover]:popover-open:not(toast-stack)")) return
    const key = event.key === "Escape" ? "Esc" : event.key.length === 1 ? event.key.toUpperCase() : event.key
    if (key === "Shift") return
    if (key === "?") { event.preventDefault(); return this.showAll() }
    const typed = this.first ? `${this.first} ${key}` : key
    this.first = ""
    clearTimeout(this.timer)
    const target = this.find(typed) ?? this.find(key)
    if (target) {
      event.preventDefault()
      return this.press(target, typed)
    }
    if (document.querySelector(`[data-key^="${CSS.escape(key)} "]`)) {
      this.first = key
      this.timer = setTimeout(() => { this.first = "" }, WAITS)
    }
  }

  find(keys) {
    const found = [...document.querySelectorAll(`[data-key="${CSS.escape(keys)}"]`)].filter(element => !element.closest("[inert], [hidden]"))
    // What has no box, as in a closed menu or where a narrow page leaves it out, can be pressed all the same. A visible
    // one comes first, then the page's own.
    const unseen = found.filter(element => element.closest("[popover], .nav, .app"))
    return found.findLast(element => element.getClientRects().length)
      ?? unseen.find(element => element.closest("main") && !element.closest("[popover]")) ?? unseen[0]
  }

  press(target, keys) {
    if (target.matches("input, textarea, select")) {
      target.focus()
      target.select?.()
    } else if (target.getAttribute("aria-disabled") !== "true") target.click()
    this.dispatchEvent(new CustomEvent("shortcut", { bubbles: true, detail: { keys } }))
  }

  showAll() {
    this.dialog?.remove()
    const rows = new Map([...always, ...(document.querySelector("data-table, list-view") ? inTables : [])])
    document.querySelectorAll("[data-key]").forEach(element => {
      const label = wordsOf(element)
      if (label && !rows.has(element.dataset.key)) rows.set(element.dataset.key, element.closest(".nav") ? `Go to ${label.toLowerCase()}` : label)
    })
    rows.set("?", "All shortcuts")
    const table = make("div", { class: "keys-table" })
    rows.forEach((label, keys) => table.append(keycaps(keys), make("span", {}, label)))
    const close = make("button", { type: "button", class: "icon-button icon-button--small", "aria-label": "Close" }, icon("x"))
    this.dialog = make("dialog", { class: "dialog", "aria-label": "Keyboard shortcuts" },
      make("div", { class: "dialog__head" }, make("h2", { tabindex: "-1", autofocus: true }, "Keyboard shortcuts"), close),
      make("div", { class: "dialog__body" }, table))
    close.addEventListener("click", () => this.dialog.close())
    this.dialog.addEventListener("click", event => event.target === this.dialog && this.dialog.close())
    document.body.append(this.dialog)
    this.dialog.showModal()
  }
}
customElements.define("shortcut-keys", ShortcutKeys)
