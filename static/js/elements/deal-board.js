// <deal-board version version-url base [arranged | order="Value"] [editable]>: columns section.stage[data-stage] with ol.stage__cards of
// li#<id> > a. Cards are dragged with a mouse (deal-drag.js) or picked up with Space; each has a menu with the same moves. Looks every few
// seconds whether somebody else changed something, and fetches cards as one scrolls.
import { announce, csrfToken, icon, make, placeBeside } from "../page.js";
import { toast } from "./toast-stack.js";
import { DealDrag } from "./deal-drag.js";

const EVERY = 4000

class DealBoard extends HTMLElement {
  get columns() { return [...this.querySelectorAll(".stage")] }
  get isArranged() { return this.hasAttribute("arranged") }
  get isEditable() { return this.hasAttribute("editable") }

  connectedCallback() {
    this.board = this.querySelector("#board")
    this.search = location.search
    this.sources = new Map()
    if (this.isEditable) {
      this.drag = new DealDrag(this)
      this.menu = make("div", { class: "menu", role: "menu", popover: true, "aria-label": "Move this opportunity" })
      this.menu.append(this.querySelector("[data-deal-menu]").content.cloneNode(true))
      this.append(this.menu)
      this.menu.addEventListener("click", this)
      this.menu.addEventListener("keydown", this)
      this.menu.addEventListener("toggle", this)
    }
    this.addEventListener("click", this)
    document.body.addEventListener("opportunities:changed", this)
    document.addEventListener("visibilitychange", this)
    this.seen = new IntersectionObserver(entries => entries.forEach(entry => entry.isIntersecting && this.more(entry.target)), { root: null, rootMargin: "400px" })
    this.dress(this.board)
    this.wait()
  }

  disconnectedCallback() {
    clearTimeout(this.timer)
    this.seen.disconnect()
    this.drag?.stop()
    document.body.removeEventListener("opportunities:changed", this)
    document.removeEventListener("visibilitychange", this)
  }

  handleEvent(event) {
    if (event.type === "opportunities:changed") return this.refresh()
    if (event.type === "visibilitychange") return document.hidden ? clearTimeout(this.timer) : this.look()
    if (event.type === "toggle") return event.newState === "open" && this.menu.querySelector("[role=menuitem]:not([hidden])")?.focus()
    if (event.type === "keydown") return this.inMenu(event)
    if (event.currentTarget === this.menu) return this.chosen(event.target.closest("[role=menuitem]"))
    const opener = event.target.closest(".deal__menu")
    if (opener) this.openMenu(opener)
  }

  /** Gives fresh cards what needs a script: the menu's button, and words on how to move them by keyboard. */
  dress(root) {
    root.querySelectorAll("[data-more]").forEach(item => this.seen.observe(item))
    if (!this.isEditable) return
    root.querySelectorAll(".stage__cards > li[id]").forEach(card => {
      if (card.querySelector(".deal__menu")) return
      const link = card.querySelector("a")
      link.setAttribute("aria-describedby", "deal-help")
      link.draggable = false
      card.append(make("button", { type: "button", class: "deal__menu", "aria-haspopup": "menu", "aria-label": `Move ${link.textContent}`, title: "Move to…" }, icon("dots", 14)))
    })
  }

  openMenu(opener) {
    this.card = opener.closest("li")
    const here = this.card.closest(".stage").dataset.stage
    this.menu.querySelectorAll("[data-stage]").forEach(item => { item.hidden = item.dataset.stage === here })
    this.menu.showPopover()
    placeBeside(this.menu, opener)
    this.opener = opener
  }

  inMenu(event) {
    const items = [...this.menu.querySelectorAll("[role=menuitem]:not([hidden])")]
    const at = items.indexOf(document.activeElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key]
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault()
      event.stopPropagation()
      this.menu.hidePopover()
      this.opener?.focus()
    } else if (to !== undefined) {
      event.preventDefault()
      items[(to + items.length) % items.length].focus()
    }
  }

  chosen(item) {
    if (!item) return
    this.menu.hidePopover()
    const { card } = this
    const list = card.parentElement
    if (item.dataset.zone) return this.close(card, item.dataset.zone)
    if (item.dataset.stage) {
      const column = this.columns.find(one => one.dataset.stage === item.dataset.stage)
      const from = { list, next: card.nextElementSibling }
      column.querySelector("ol").prepend(card)
      card.scrollIntoView({ block: "nearest", inline: "nearest" })
      card.querySelector("a").focus()
      return this.put(card, from)
    }
    const cards = [...list.querySelectorAll(":scope > li[id]")]
    const other = cards[cards.indexOf(card) + (item.dataset.step === "up" ? -1 : 1)]
    if (!other) return announce("It cannot move further.")
    const from = { list, next: card.nextElementSibling }
    item.dataset.step === "up" ? other.before(card) : other.after(card)
    card.querySelector("a").focus()
    this.put(card, from)
  }

  nameOf(card) { return card.querySelector("a").textContent }

  /** Stores where a card lies now; `from` is where it goes back to when that fails. */
  async put(card, from) {
    const column = card.closest(".stage")
    const body = new URLSearchParams({ stage: column.dataset.stage })
    let above = card.previousElementSibling
    while (above && !above.id) above = above.previousElementSibling
    if (this.isArranged) body.set("behind", above?.id ?? "")
    this.changed(column, from.list.closest(".stage"))
    await this.send(`${card.id}/move`, body, () => (from.next?.parentElement === from.list ? from.next.before(card) : from.list.append(card)))
  }

  /** Wins, loses or abandons: losing asks why first. */
  async close(card, status) {
    if (status === "lost") {
      return window.htmx.ajax("GET", `${this.getAttribute("base")}${card.id}/lose`, { target: "#dialog", swap: "innerHTML" })
    }
    this.changed(card.closest(".stage"))
    await this.send(`${card.id}/status`, new URLSearchParams({ status }))
  }

  async send(path, body, undo = () => {}) {
    try {
      const answer = await fetch(this.getAttribute("base") + path, {
        method: "POST", body, headers: { "X-CSRFToken": csrfToken(), "HX-Request": "true" }, signal: AbortSignal.timeout(15000),
      })
      if (!answer.ok) {
        const isPlain = answer.headers.get("Content-Type")?.startsWith("text/plain")
        throw new Error(isPlain ? (await answer.text()).slice(0, 300) : "This was not saved.")
      }
      const told = JSON.parse(answer.headers.get("HX-Trigger") ?? "{}")
      if (told.toast) {
        toast(told.toast.text, { level: told.toast.level, undoUrl: told.toast.undo_url })
        announce(told.toast.text)
      }
    } catch (error) {
      undo()
      const words = error.name === "TimeoutError" || error.name === "TypeError" ? "The connection dropped. Nothing was saved." : error.message
      toast(words, { level: "bad", retry: () => this.send(path, body) })
    }
    await this.refresh()
  }

  /** These columns differ from what the server sent last. */
  changed(...columns) { columns.forEach(column => column && this.sources.delete(column.dataset.stage)) }

  wait() {
    clearTimeout(this.timer)
    if (this.isConnected && !document.hidden) this.timer = setTimeout(() => this.look(), EVERY)
  }

  get isBusy() { return this.drag?.isActive || this.menu?.matches(":popover-open") }

  async look() {
    if (!this.isBusy) {
      try {
        const answer = await fetch(`${this.getAttribute("version-url")}?v=${this.getAttribute("version")}`, { signal: AbortSignal.timeout(8000), headers: { "X-Requested-With": "fetch" } })
        if (answer.status === 200 && !this.isBusy) await this.refresh()
        if (answer.status === 401 || answer.status === 403) return
      } catch { /* the next look may succeed */ }
    }
    this.wait()
  }

  /** Fetches the board and replaces the columns that differ; scrolling, focus and cards loaded by scrolling stay. */
  async refresh() {
    if (this.drag?.isActive) return
    const number = (this.asked = (this.asked ?? 0) + 1)
    const url = new URL(this.getAttribute("base"), location.href)
    url.search = this.search
    const more = this.columns.map(column => [column.dataset.stage, column.querySelectorAll("li[id]").length]).filter(pair => pair[1] > 50)
    if (more.length) url.searchParams.set("more", more.map(pair => pair.join(":")).join())
    let answer
    try {
      answer = await fetch(url, { headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(15000) })
      if (!answer.ok) return
    } catch { return }
    const text = await answer.text()
    if (number !== this.asked || this.drag?.isActive) return
    this.setAttribute("version", answer.headers.get("Board-Version") ?? "")
    const fresh = new DOMParser().parseFromString(text, "text/html")
    const columns = [...fresh.querySelectorAll(".stage")]
    const focused = document.activeElement?.closest?.(".stage__cards > li")?.id
    if (columns.map(column => column.dataset.stage).join() !== this.columns.map(column => column.dataset.stage).join()) {
      this.board.replaceChildren(...columns)
      this.sources.clear()
    } else {
      columns.forEach((column, at) => this.renew(this.columns[at], column))
    }
    const sums = fresh.querySelector("#deals-sum"), held = document.querySelector("#deals-sum")
    if (sums && held) held.replaceChildren(...sums.childNodes)
    this.dress(this.board)
    if (focused && !document.querySelector("dialog[open]")) document.getElementById(focused)?.querySelector("a")?.focus({ preventScroll: true })
    this.wait()
  }

  renew(held, fresh) {
    const source = fresh.innerHTML
    if (this.sources.get(held.dataset.stage) === source) return
    this.sources.set(held.dataset.stage, source)
    const top = held.querySelector("ol").scrollTop
    held.replaceChildren(...fresh.childNodes)
    held.querySelector("ol").scrollTop = top
    window.htmx.process(held)
  }

  async more(item) {
    if (item.hasAttribute("data-busy")) return
    item.setAttribute("data-busy", "")
    try {
      const answer = await fetch(item.dataset.more, { headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(15000) })
      if (!answer.ok) throw new Error(answer.statusText)
      const list = item.parentElement
      if (!list) return
      const fresh = new DOMParser().parseFromString(`<ol>${await answer.text()}</ol>`, "text/html")
      const cards = [...fresh.querySelector("ol").children].filter(card => !card.id || !document.getElementById(card.id))
      item.replaceWith(...cards)
      this.changed(list.closest(".stage"))
      this.dress(list)
    } catch {
      item.removeAttribute("data-busy")
      toast("More opportunities could not be fetched.", { level: "bad", retry: () => this.more(item) })
    }
  }
}
customElements.define("deal-board", DealBoard)
