// <combo-box data-url="/…/options" data-create="Create tag"><select name="tags" multiple>…</select></combo-box>
// Enhances a native select, which stays the form's value. Options come from the select, or from data-url?q= as [{value, label, hint}] or
// {results: [...]}. data-create offers what was typed as a new option (its value is the text, or data-create-prefix + the text).
import { announce, fetchJson, icon, make, placeBeside } from "../page.js";

let numbered = 0

class ComboBox extends HTMLElement {
  connectedCallback() {
    this.select = this.querySelector("select")
    if (!this.select || this.box) return
    const id = `combo-${++numbered}`
    const label = this.select.labels?.[0]
    this.input = make("input", { type: "text", role: "combobox", id: `${id}-input`, "aria-expanded": "false", "aria-controls": id, "aria-autocomplete": "list", autocomplete: "off",
      spellcheck: "false", maxlength: "200", placeholder: this.dataset.placeholder, autofocus: this.select.autofocus, "aria-describedby": this.select.getAttribute("aria-describedby"),
      "aria-label": label ? null : this.dataset.label || this.select.getAttribute("aria-label") || this.select.name })
    if (label) label.htmlFor = this.input.id
    this.box = make("div", { class: "combo", "data-invalid": this.select.getAttribute("aria-invalid") === "true" }, this.input)
    this.list = make("div", { class: "combo__list", id, role: "listbox", popover: "manual", "aria-label": this.dataset.label || label?.textContent.trim() || "Options" })
    this.select.hidden = true
    this.select.autofocus = false
    this.append(this.box, this.list)
    this.input.addEventListener("input", () => this.look())
    this.input.addEventListener("focus", () => this.select.multiple || this.input.select())
    this.input.addEventListener("click", () => this.isOpen || this.look(0))
    this.input.addEventListener("keydown", event => this.pressed(event))
    this.input.addEventListener("blur", () => setTimeout(() => { this.close(); this.draw() }, 120))
    this.box.addEventListener("click", event => this.clicked(event))
    this.list.addEventListener("pointerdown", event => {
      event.preventDefault()
      this.take(event.target.closest(".combo__option"))
    })
    this.draw()
  }

  get isOpen() { return this.list.matches(":popover-open") }
  get chosen() { return [...this.select.selectedOptions].filter(option => option.value !== "") }

  draw() {
    this.box.querySelectorAll(".tag").forEach(tag => tag.remove())
    if (!this.select.multiple) {
      this.input.value = this.chosen[0]?.text ?? ""
      return
    }
    this.input.before(...this.chosen.map(option => make("span", { class: "tag" }, make("span", {}, option.text),
      make("button", { type: "button", class: "tag__remove", value: option.value, "aria-label": `Remove ${option.text}` }, icon("x", 12)))))
  }

  clicked(event) {
    const remove = event.target.closest(".tag__remove")
    if (remove) this.set([...this.select.options].find(option => option.value === remove.value), false)
    this.input.focus()
  }

  look(wait = 150) {
    clearTimeout(this.timer)
    this.timer = setTimeout(async () => {
      const isFresh = !this.select.multiple && this.input.value === (this.chosen[0]?.text ?? "")
      const typed = isFresh ? "" : this.input.value.trim()
      try {
        const found = this.dataset.url ? await this.fetch(typed) : this.local(typed)
        if (found && this.input.matches(":focus")) this.show(found, typed)
      } catch { this.show([], typed, "The list cannot be reached. Type again to try once more.") }
    }, this.dataset.url ? wait : 0)
  }

  async fetch(typed) {
    const number = (this.asked = (this.asked ?? 0) + 1)
    const answer = await fetchJson(`${this.dataset.url}${this.dataset.url.includes("?") ? "&" : "?"}q=${encodeURIComponent(typed)}`)
    return number === this.asked ? answer.results ?? answer : null
  }

  local(typed) {
    const wanted = typed.toLowerCase()
    return [...this.select.options].filter(option => option.text.toLowerCase().includes(wanted)).slice(0, 50).map(option => ({ value: option.value, label: option.text, hint: option.dataset.hint }))
  }

  show(found, typed, trouble = "") {
    const has = new Set(this.chosen.map(option => option.value))
    const offers = found.filter(item => !this.select.multiple || !has.has(String(item.value)))
    const rows = offers.map((item, number) => Object.assign(make("div", { class: "combo__option", role: "option", id: `${this.list.id}-${number}`, "aria-selected": "false", "data-chosen": has.has(String(item.value)) },
      make("span", {}, item.label || "–"), item.hint ? make("small", {}, item.hint) : null), { item }))
    if (this.dataset.create && typed && !found.some(item => item.label.toLowerCase() === typed.toLowerCase())) {
      const item = { value: (this.dataset.createPrefix ?? "") + typed, label: typed }
      rows.push(Object.assign(make("div", { class: "combo__option", role: "option", id: `${this.list.id}-new`, "aria-selected": "false" }, icon("plus"), make("span", {}, `${this.dataset.create} “${typed}”`)), { item }))
    }
    this.list.replaceChildren(...rows)
    if (trouble || !rows.length) this.list.append(make("p", { class: "combo__note" }, trouble || (typed ? "Nothing matches." : "Nothing to choose.")))
    if (!this.isOpen) this.list.showPopover()
    placeBeside(this.list, this.box, { matchWidth: true })
    this.input.setAttribute("aria-expanded", "true")
    this.point(rows[0])
    announce(`${rows.length} options`)
  }

  point(row) {
    this.list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false")
    row?.setAttribute("aria-selected", "true")
    row?.scrollIntoView({ block: "nearest" })
    row ? this.input.setAttribute("aria-activedescendant", row.id) : this.input.removeAttribute("aria-activedescendant")
  }

  pressed(event) {
    const rows = [...this.list.querySelectorAll(".combo__option")]
    const at = rows.findIndex(row => row.getAttribute("aria-selected") === "true")
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault()
      if (!this.isOpen) return this.look(0)
      this.point(rows[(at + (event.key === "ArrowDown" ? 1 : -1) + rows.length) % rows.length])
    } else if (event.key === "Enter" && this.isOpen && rows[at] && !event.ctrlKey && !event.metaKey) {
      event.preventDefault()
      this.take(rows[at])
    } else if (event.key === "Escape" && this.isOpen) {
      event.preventDefault()
      event.stopPropagation()
      this.close()
    } else if (event.key === "Backspace" && !this.input.value && this.select.multiple) this.set(this.chosen.at(-1), false)
  }

  take(row) {
    if (!row) return
    const { value, label } = row.item
    let option = [...this.select.options].find(other => other.value === String(value))
    if (!option) this.select.append(option = new Option(label, value))
    this.set(option, true)
    this.input.value = this.select.multiple ? "" : label
    this.close()
  }

  set(option, on) {
    if (!option) return
    option.selected = on
    option.toggleAttribute("selected", on)
    this.draw()
    this.select.dispatchEvent(new Event("change", { bubbles: true }))
  }

  close() {
    if (this.isOpen) this.list.hidePopover()
    this.input.setAttribute("aria-expanded", "false")
    if (!this.select.multiple && this.input.value === "" && this.select.querySelector("option[value='']")) this.select.value = ""
  }
}
customElements.define("combo-box", ComboBox)
