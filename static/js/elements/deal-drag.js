// How a card of <deal-board> is moved: by mouse or pen, and by keyboard with the same places and an announcement for each.
import { announce } from "../page.js";

const THRESHOLD = 6 // pixels before a press becomes a drag
const EDGE = 48 // pixels from an edge where the board scrolls by itself
const KEYS = { w: "won", l: "lost", a: "abandoned" }

export class DealDrag {
  constructor(board) {
    this.board = board
    board.addEventListener("pointerdown", this)
    board.addEventListener("keydown", this)
    board.addEventListener("focusout", this)
    board.addEventListener("click", this, true)
    board.addEventListener("dragstart", event => event.preventDefault())
  }

  get isActive() { return !!this.card }

  stop() { this.release() }

  handleEvent(event) {
    if (event.type === "pointerdown") this.pressed(event)
    else if (event.type === "pointermove") this.moved(event)
    else if (event.type === "pointerup") this.dropped(event)
    else if (event.type === "pointercancel") this.cancel()
    else if (event.type === "click") this.clicked(event)
    else if (event.type === "focusout") this.card && !this.ghost && !this.moving && this.cancel()
    else if (event.type === "keydown") this.keyed(event)
  }

  // Mouse and pen. Fingers scroll; for them each card has its menu.

  pressed(event) {
    const card = event.target.closest(".stage__cards > li[id]")
    if (!card || event.button !== 0 || event.pointerType === "touch" || event.target.closest("button") || this.card) return
    this.start = { card, x: event.clientX, y: event.clientY, id: event.pointerId }
    for (const name of ["pointermove", "pointerup", "pointercancel"]) window.addEventListener(name, this)
    window.addEventListener("keydown", this, true)
  }

  moved(event) {
    if (!this.start || event.pointerId !== this.start.id) return
    if (!this.ghost) {
      if (Math.hypot(event.clientX - this.start.x, event.clientY - this.start.y) < THRESHOLD) return
      this.lift(this.start.card)
      this.raise(event)
    }
    event.preventDefault()
    this.at = { x: event.clientX, y: event.clientY }
    this.draw()
    this.target()
    this.scroll()
  }

  lift(card) {
    this.card = card
    this.home = { list: card.parentElement, next: card.nextElementSibling }
    card.setAttribute("data-lifted", "")
    this.board.setAttribute("moving", "")
  }

  raise(event) {
    const box = this.card.getBoundingClientRect()
    this.offset = { x: event.clientX - box.left, y: event.clientY - box.top }
    this.ghost = this.card.cloneNode(true)
    this.ghost.removeAttribute("id")
    this.ghost.removeAttribute("data-lifted")
    this.ghost.setAttribute("aria-hidden", "true")
    this.ghost.className = `deal-ghost ${this.card.className}`
    this.ghost.style.setProperty("width", `${box.width}px`)
    this.line = document.createElement("li")
    this.line.className = "stage__line"
    this.line.setAttribute("role", "presentation")
    const list = document.createElement("ol")
    list.className = "stage__cards deal-ghosts"
    list.append(this.ghost)
    document.body.append(list)
    this.ghosts = list
    getSelection()?.removeAllRanges()
  }

  draw() { this.ghost.style.setProperty("translate", `${this.at.x - this.offset.x}px ${this.at.y - this.offset.y}px`) }

  /** Shows where the card would land: a line among the cards of a column, or a zone. */
  target() {
    const under = document.elementFromPoint(this.at.x, this.at.y)
    const zone = under?.closest("[data-zone]")
    const column = zone ? null : under?.closest(".stage")
    this.board.querySelectorAll("[data-over]").forEach(one => one !== zone && one !== column && one.removeAttribute("data-over"))
    ;(zone ?? column)?.setAttribute("data-over", "")
    this.zone = zone
    this.column = column
    this.plus(column)
    if (!column) return this.line.remove()
    const list = column.querySelector("ol")
    if (!this.board.isArranged) return column.contains(this.card) ? this.line.remove() : list.prepend(this.line)
    const below = [...list.querySelectorAll(":scope > li[id]")].filter(card => card !== this.card).find(card => {
      const box = card.getBoundingClientRect()
      return this.at.y < box.top + box.height / 2
    })
    below ? below.before(this.line) : (list.querySelector(".stage__more") ?? null) ? list.querySelector(".stage__more").before(this.line) : list.append(this.line)
  }

  /** "+ $6,750" beside the sum of the column that the card hovers over. */
  plus(column) {
    const value = this.card.querySelector("b")?.textContent
    this.board.querySelectorAll(".stage__plus").forEach(place => {
      const isHere = value && column?.contains(place) && !column.contains(this.card)
      place.textContent = isHere ? `+ ${value}` : ""
    })
  }

  scroll() {
    cancelAnimationFrame(this.frame)
    const step = (position, start, end) => (position < start + EDGE ? -12 : position > end - EDGE ? 12 : 0)
    const go = () => {
      if (!this.ghost) return
      const area = this.board.board.getBoundingClientRect()
      const across = step(this.at.x, area.left, area.right)
      const list = this.column?.querySelector("ol")
      const box = list?.getBoundingClientRect()
      const down = box ? step(this.at.y, box.top, box.bottom) : 0
      if (across) this.board.board.scrollBy(across, 0)
      if (down) list.scrollBy(0, down)
      if (across || down) this.frame = requestAnimationFrame(() => { this.target(); go() })
    }
    this.frame = requestAnimationFrame(go)
  }

  dropped(event) {
    if (!this.start || event.pointerId !== this.start.id) return
    if (!this.ghost) return this.release()
    this.hush = Date.now()
    const { card, home, zone, column, line } = this
    if (zone) {
      this.release()
      return this.board.close(card, zone.dataset.zone)
    }
    if (!column) return this.cancel()
    const target = column.querySelector("ol")
    if (line.parentElement === target) line.replaceWith(card)
    const isSame = target === home.list && card.nextElementSibling === home.next
    this.release()
    if (!isSame && (line || target !== home.list)) this.board.put(card, home)
  }

  clicked(event) {
    if (this.hush && Date.now() - this.hush < 300 && event.target.closest(".stage__cards")) {
      event.preventDefault()
      event.stopImmediatePropagation()
    }
  }

  // Keyboard

  keyed(event) {
    if (this.ghost) {
      if (event.key !== "Escape") return
      event.preventDefault()
      event.stopPropagation()
      return this.cancel()
    }
    const card = event.target.closest?.(".stage__cards > li[id]")
    if (!this.card) {
      if (event.key !== " " || !card || event.target.closest("button")) return
      event.preventDefault()
      this.lift(card)
      return announce(`${this.board.nameOf(card)} picked up. ${this.where()} Arrow keys move it, Space drops it, Escape puts it back.`)
    }
    const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key]
    const status = KEYS[event.key.toLowerCase()]
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === "Escape") this.cancel()
    else if (event.key === " " || event.key === "Enter") this.settle()
    else if (status) {
      const held = this.card
      this.back()
      this.release()
      held.querySelector("a").focus()
      this.board.close(held, status)
    } else if (step?.[0]) this.across(step[0])
    else if (step) this.along(step[1])
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  across(step) {
    const columns = this.board.columns
    const at = columns.indexOf(this.card.closest(".stage"))
    const column = columns[at + step]
    if (!column) return announce("There is no further stage.")
    const place = this.cards().indexOf(this.card)
    const list = column.querySelector("ol")
    const cards = [...list.querySelectorAll(":scope > li[id]")]
    const next = this.board.isArranged ? cards[place] : cards[0]
    this.shift(() => (next ? next.before(this.card) : list.prepend(this.card)))
    this.plus(null)
  }

  along(step) {
    if (!this.board.isArranged) return announce(`This board is sorted by ${this.board.getAttribute("order")}; cards keep that order.`)
    const cards = this.cards()
    const other = cards[cards.indexOf(this.card) + step]
    if (!other) return announce("It cannot move further.")
    this.shift(() => (step < 0 ? other.before(this.card) : other.after(this.card)))
  }

  /** Moving a node takes the focus away for a moment, which must not count as letting go. */
  shift(move) {
    this.moving = true
    move()
    this.card.querySelector("a").focus()
    this.card.scrollIntoView({ block: "nearest", inline: "nearest" })
    this.moving = false
    announce(this.where())
  }

  cards() { return [...this.card.parentElement.querySelectorAll(":scope > li[id]")] }

  where() {
    const cards = this.cards()
    return `${this.card.closest(".stage").dataset.name}, ${cards.indexOf(this.card) + 1} of ${cards.length}.`
  }

  settle() {
    const { card, home } = this
    const isSame = card.parentElement === home.list && card.nextElementSibling === home.next
    this.release()
    if (isSame) announce("Put down where it was.")
    else this.board.put(card, home)
  }

  back() {
    const { list, next } = this.home
    this.moving = true
    next?.parentElement === list ? next.before(this.card) : list.append(this.card)
    this.moving = false
  }

  cancel() {
    const { card } = this
    if (!card) return this.release()
    const isKeyboard = !this.ghost
    this.back()
    this.release()
    if (isKeyboard) card.querySelector("a").focus()
    announce(`${this.board.nameOf(card)} is back where it was.`)
  }

  release() {
    for (const name of ["pointermove", "pointerup", "pointercancel"]) window.removeEventListener(name, this)
    window.removeEventListener("keydown", this, true)
    cancelAnimationFrame(this.frame)
    this.card?.removeAttribute("data-lifted")
    this.board.removeAttribute("moving")
    this.board.querySelectorAll("[data-over]").forEach(one => one.removeAttribute("data-over"))
    this.board.querySelectorAll(".stage__plus").forEach(place => { place.textContent = "" })
    this.line?.remove()
    this.ghosts?.remove()
    this.card = this.start = this.ghost = this.ghosts = this.line = this.zone = this.column = null
  }
}
