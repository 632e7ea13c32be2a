// <data-table>: rows are <tr data-id data-href> with <input type="checkbox" data-select>; the head has <input type="checkbox" data-select-all>.
// J K move, X selects, Enter opens, Esc clears; Shift chooses a range. The selection outlives paging and swaps of the rows, and is kept as
// hidden inputs name="ids" in <form data-selection>; [data-selected] shows the number, [data-choose-all] means every match (all=1). A button
// [data-select-mode] anywhere shows the boxes on phones.
import { announce, isTyping } from "../page.js";

class DataTable extends HTMLElement {
  get rows() { return [...this.querySelectorAll("tbody tr[data-id]")] }
  get form() { return this.querySelector("[data-selection]") ?? document.querySelector("form[data-selection]") }

  connectedCallback() {
    this.chosen ??= new Set()
    this.addEventListener("click", this)
    this.addEventListener("change", this)
    this.addEventListener("htmx:afterSettle", this)
    document.addEventListener("keydown", this)
    document.addEventListener("click", this.mode)
    this.render()
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this)
    document.removeEventListener("click", this.mode)
  }

  mode = event => event.target.closest?.("[data-select-mode]") && this.toggleAttribute("selecting")

  handleEvent(event) {
    if (event.type === "keydown") return this.pressed(event)
    if (event.type === "htmx:afterSettle") return this.render()
    if (event.type === "change") return event.target.matches("[data-select-all]") && this.chooseAll(event.target.checked)
    const box = event.target.closest("[data-select]")
    if (box) return this.toggle(box.closest("tr"), box.checked, event.shiftKey)
    if (event.target.closest("[data-clear]")) return this.clear()
    if (event.target.closest("[data-choose-all]")) return this.chooseEveryMatch(event.target.closest("[data-choose-all]"))
    const row = event.target.closest("tbody tr[data-id]")
    if (!row || event.target.closest("a, button, input, label, select, drop-menu, .cell-check")) return
    if (getSelection().toString()) return
    if (this.hasAttribute("selecting")) return this.toggle(row, !this.chosen.has(row.dataset.id), event.shiftKey)
    this.open(row, event.ctrlKey || event.metaKey)
  }

  pressed(event) {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || isTyping(event.target)) return
    if (document.querySelector("dialog[open], [popover]:popover-open:not(toast-stack)") || document.querySelector("shortcut-keys[off]")) return
    const key = event.key.toLowerCase()
    const current = this.querySelector("tr[data-cursor]")
    if (key === "j" || key === "k") this.move(key === "j" ? 1 : -1)
    else if (key === "x" && current) this.toggle(current, !this.chosen.has(current.dataset.id), event.shiftKey)
    else if (key === "w" && current?.querySelector("[data-why]")) current.querySelector("[data-why]").click()
    else if (key === "enter" && current && !event.target.closest("a, button, summary")) this.open(current)
    else if (key === "escape" && this.chosen.size) this.clear()
    else if (key === "escape" && current) current.removeAttribute("data-cursor")
    else return
    event.preventDefault()
  }

  move(step) {
    const rows = this.rows
    if (!rows.length) return
    const at = rows.findIndex(row => row.hasAttribute("data-cursor"))
    const row = rows[Math.min(rows.length - 1, Math.max(0, at + step))]
    rows[at]?.removeAttribute("data-cursor")
    row.setAttribute("data-cursor", "")
    row.scrollIntoView({ block: "nearest" })
    announce(row.querySelector(".cell-name")?.textContent.trim() ?? `Row ${rows.indexOf(row) + 1}`)
  }

  open(row, elsewhere) {
    if (!row.dataset.href) return
    const asked = new CustomEvent("open", { bubbles: true, cancelable: true, detail: { url: row.dataset.href } })
    if (!elsewhere && !row.dispatchEvent(asked)) return // a drawer takes it
    if (elsewhere) window.open(row.dataset.href, "_blank", "noopener")
    else location.assign(row.dataset.href)
  }

  toggle(row, on, range) {
    const rows = this.rows
    const from = range && this.last ? rows.findIndex(other => other.dataset.id === this.last) : -1
    const to = rows.indexOf(row)
    const touched = from < 0 ? [row] : rows.slice(Math.min(from, to), Math.max(from, to) + 1)
    touched.forEach(other => on ? this.chosen.add(other.dataset.id) : this.chosen.delete(other.dataset.id))
    this.last = row.dataset.id
    this.everyMatch = false
    this.render(true)
  }

  chooseAll(on) {
    this.rows.forEach(row => on ? this.chosen.add(row.dataset.id) : this.chosen.delete(row.dataset.id))
    this.everyMatch = false
    this.render(true)
  }

  chooseEveryMatch(button) {
    this.everyMatch = true
    this.everyLabel = button.dataset.chooseAll || "All"
    this.rows.forEach(row => this.chosen.add(row.dataset.id))
    this.render(true)
  }

  clear() {
    this.chosen.clear()
    this.everyMatch = false
    this.render(true)
  }

  render(say = false) {
    const rows = this.rows
    rows.forEach(row => {
      const on = this.chosen.has(row.dataset.id)
      row.setAttribute("aria-selected", String(on))
      const box = row.querySelector("[data-select]")
      if (box) box.checked = on
    })
    const all = this.querySelector("[data-select-all]")
    const here = rows.filter(row => this.chosen.has(row.dataset.id)).length
    if (all) {
      all.checked = here > 0 && here === rows.length
      all.indeterminate = (here > 0 && here < rows.length)
    }
    const count = this.everyMatch ? this.everyLabel : this.chosen.size.toLocaleString("en-US")
    const { form } = this
    if (form) {
      form.querySelectorAll("input[name=ids], input[name=all]").forEach(input => input.remove())
      const inputs = this.everyMatch ? [["all", "1"]] : [...this.chosen].map(id => ["ids", id])
      form.append(...inputs.map(([name, value]) => Object.assign(document.createElement("input"), { type: "hidden", name, value })))
      form.querySelectorAll("[data-selected]").forEach(element => { element.textContent = count })
      form.querySelectorAll("[data-choose-all]").forEach(button => { button.hidden = !!this.everyMatch })
      form.hidden = this.chosen.size === 0
    }
    if (!say) return
    announce(`${count} selected`)
    this.dispatchEvent(new CustomEvent("selection", { bubbles: true, detail: { ids: [...this.chosen], all: !!this.everyMatch } }))
  }
}
customElements.define("data-table", DataTable)
