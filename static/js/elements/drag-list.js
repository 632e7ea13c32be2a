// <drag-list action="/…/order"><ul><li data-id="…"><button class="drag-handle" aria-label="Move Name">…</button>…</li></ul></drag-list>
// Drag by the handle, or Alt/Ctrl + arrows on it. Posts the order as ids=… and keeps hidden inputs name="order" (data-name) inside a form.
import { announce, csrfToken } from "../page.js";
import { toast } from "./toast-stack.js";

class DragList extends HTMLElement {
  get items() { return [...this.querySelectorAll("[data-id]")].filter(item => item.closest("drag-list") === this) }

  connectedCallback() {
    this.addEventListener("pointerdown", this)
    this.addEventListener("keydown", this)
  }

  handleEvent(event) {
    const handle = event.target.closest(".drag-handle")
    const item = handle?.closest("[data-id]")
    if (item?.closest("drag-list") !== this) return // a list within a list moves its own
    if (event.type === "pointerdown" && item && event.button === 0) this.grab(event, handle, item)
    if (event.type === "keydown" && item) {
      const step = { ArrowUp: -1, ArrowDown: 1 }[event.key]
      if (!step) return
      event.preventDefault()
      this.shift(item, step)
      handle.focus()
    }
  }

  grab(event, handle, item) {
    event.preventDefault()
    const before = this.order()
    item.setAttribute("data-dragging", "")
    handle.setPointerCapture(event.pointerId)
    const move = moved => {
      const over = this.items.find(other => {
        const at = other.getBoundingClientRect()
        return other !== item && moved.clientY > at.top && moved.clientY < at.bottom
      })
      if (!over) return
      const isBelow = this.items.indexOf(over) > this.items.indexOf(item)
      isBelow ? over.after(item) : over.before(item)
    }
    const drop = () => {
      handle.removeEventListener("pointermove", move)
      item.removeAttribute("data-dragging")
      if (this.order().join() !== before.join()) this.keep(before)
    }
    handle.addEventListener("pointermove", move)
    handle.addEventListener("lostpointercapture", drop, { once: true })
  }

  shift(item, step) {
    const before = this.order()
    const items = this.items
    const to = items.indexOf(item) + step
    if (to < 0 || to >= items.length) return announce("It cannot move further.")
    step < 0 ? items[to].before(item) : items[to].after(item)
    announce(`Now at place ${to + 1} of ${items.length}`)
    clearTimeout(this.timer)
    this.first ??= before
    this.timer = setTimeout(() => { this.keep(this.first); this.first = null }, 600)
  }

  order() { return this.items.map(item => item.dataset.id) }

  async keep(before) {
    this.dispatchEvent(new CustomEvent("order", { bubbles: true, detail: { ids: this.order() } }))
    const action = this.getAttribute("action")
    if (!action) return
    const body = new URLSearchParams(this.order().map(id => ["ids", id]))
    try {
      const answer = await fetch(action, { method: "POST", body, headers: { "X-CSRFToken": csrfToken(), "HX-Request": "true" }, signal: AbortSignal.timeout(10000) })
      if (!answer.ok) throw new Error(answer.statusText)
      announce("Order saved")
    } catch {
      const items = new Map(this.items.map(item => [item.dataset.id, item]))
      const parent = this.items[0]?.parentElement
      toast("The order was not saved.", { level: "bad", retry: () => this.keep(before) })
      before.forEach(id => items.has(id) && parent?.append(items.get(id)))
    }
  }
}
customElements.define("drag-list", DragList)
