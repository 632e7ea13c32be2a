// <field-picker>: a box [data-narrow] above [data-word] items in [data-group]s. Typing narrows, arrow keys move, Enter takes the first.
// <column-chooser>: the same for check boxes; what is ticked moves into [data-shown], where it can be dragged into order.
import { announce, icon, make } from "../page.js";

class FieldPicker extends HTMLElement {
  connectedCallback() {
    this.addEventListener("input", this)
    this.addEventListener("keydown", this)
  }

  get items() { return [...this.querySelectorAll("[data-word]")].filter(item => !item.closest("[hidden]")) }

  handleEvent(event) {
    if (event.type === "input") return event.target.matches("[data-narrow]") && this.narrow(event.target.value)
    this.pressed(event)
  }

  narrow(typed) {
    const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
    this.querySelectorAll("[data-word]").forEach(item => { item.hidden = !words.every(word => item.dataset.word.toLowerCase().includes(word)) })
    this.querySelectorAll("[data-group]").forEach(group => { group.hidden = !group.querySelector("[data-word]:not([hidden])") })
    const none = this.querySelector("[data-none]")
    if (none) none.hidden = this.items.length > 0
    announce(`${this.items.length} ${this.dataset.things ?? "fields"}`)
  }

  pressed(event) {
    const inBox = event.target.matches("[data-narrow]")
    if (event.key === "Enter" && inBox) {
      event.preventDefault()
      this.take(this.items[0])
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (!step || event.target.closest(".drag-handle, select")) return
    const stops = this.items.map(item => item.matches("button") ? item : item.querySelector("input"))
    const to = inBox ? (step > 0 ? 0 : -1) : stops.indexOf(event.target) + step
    event.preventDefault()
    if (to < 0) this.querySelector("[data-narrow]").focus()
    else stops[Math.min(to, stops.length - 1)]?.focus()
  }

  take(item) { item?.click() }
}
customElements.define("field-picker", FieldPicker)

class ColumnChooser extends FieldPicker {
  connectedCallback() {
    super.connectedCallback()
    this.addEventListener("change", event => event.target.matches("[data-word] input:checked") && this.show(event.target))
  }

  take(item) { item?.querySelector("input").click() }

  show(box) {
    const item = box.closest("[data-word]")
    const label = item.dataset.word
    item.removeAttribute("data-word")
    item.classList.add("sortable")
    item.prepend(make("button", { type: "button", class: "drag-handle", "aria-label": `Move ${label}`, title: "Drag, or arrow keys" }, icon("drag")))
    this.querySelector("[data-shown]").append(item)
    item.scrollIntoView({ block: "nearest" })
    this.querySelector("[data-narrow]").value = ""
    this.narrow("")
    announce(`${label} added`)
  }
}
customElements.define("column-chooser", ColumnChooser)
