// <command-palette data-url="/…/palette">: Ctrl/⌘ K or [data-palette] opens it. The address answers ?q= with
// [{group, label, hint, url, icon, keys, initials, tint}] or {results: [...]}; without it, it offers what the page itself has.
import { announce, fetchJson, icon, keycaps, make, wordsOf } from "../page.js";

const RECENT = "palette-recent"

class CommandPalette extends HTMLElement {
  connectedCallback() {
    document.addEventListener("keydown", this)
    document.addEventListener("click", this)
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this)
    document.removeEventListener("click", this)
  }

  handleEvent(event) {
    if (event.type === "click") return event.target.closest?.("[data-palette]") && this.open()
    if (event.key?.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
      event.preventDefault()
      this.dialog?.open ? this.dialog.close() : this.open()
    }
  }

  build() {
    this.input = make("input", { type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "palette-list", "aria-autocomplete": "list",
      "aria-label": "Search or type a command", placeholder: "Search or type a command", autocomplete: "off", spellcheck: "false", maxlength: "200" })
    this.list = make("div", { class: "palette__list", id: "palette-list", role: "listbox", "aria-label": "Results" })
    const hint = (keys, words) => make("span", {}, keycaps(keys), words)
    this.dialog = make("dialog", { class: "palette", "aria-label": "Search and commands" },
      make("div", { class: "palette__box" }, icon("search"), this.input, make("kbd", { class: "key", "aria-hidden": "true" }, "Esc")),
      this.list,
      make("div", { class: "palette__foot", "aria-hidden": "true" }, hint("Up Down", "move"), hint("Enter", "open"), hint("Ctrl ↵", "open in new tab"), make("span", { class: "push" }, keycaps(">"), "commands only")))
    this.input.addEventListener("input", () => this.search())
    this.input.addEventListener("keydown", event => this.pressed(event))
    this.list.addEventListener("pointermove", event => this.choose(event.target.closest(".palette__item"), false))
    this.list.addEventListener("click", event => this.go(event.target.closest(".palette__item"), event.ctrlKey || event.metaKey))
    this.dialog.addEventListener("click", event => event.target === this.dialog && this.dialog.close())
    this.append(this.dialog)
  }

  open() {
    if (!this.dialog) this.build()
    if (this.dialog.open) return
    this.input.value = ""
    this.dialog.showModal()
    this.search(0)
  }

  search(wait = 120) {
    clearTimeout(this.timer)
    this.timer = setTimeout(async () => {
      this.abort?.abort()
      this.abort = new AbortController()
      const typed = this.input.value.trim()
      const commands = this.pageCommands(typed.replace(/^>\s*/, ""))
      if (typed.startsWith(">") || !this.dataset.url) return this.show(commands, typed)
      const signal = AbortSignal.any([this.abort.signal, AbortSignal.timeout(8000)])
      try {
        const answer = await fetchJson(`${this.dataset.url}${this.dataset.url.includes("?") ? "&" : "?"}q=${encodeURIComponent(typed)}`, { signal })
        this.show([...(typed ? [] : this.recent()), ...(answer.results ?? answer), ...commands], typed)
      } catch (error) {
        if (!this.abort.signal.aborted) this.show(commands, typed, error.name === "TimeoutError" ? "The search took too long." : "The search cannot be reached.")
      }
    }, wait)
  }

  /** What this page offers by key: its places and its buttons. */
  pageCommands(typed) {
    const known = this.dataset.url ? ".nav *, .topbar *" : "[data-none]"
    return [...document.querySelectorAll(".app [data-key]")].filter(element => element.dataset.key !== "/" && !element.matches(known)).map(element => {
      const words = wordsOf(element)
      return { group: "Actions", label: element.closest(".nav") ? `Go to ${words.toLowerCase()}` : words, keys: element.dataset.key, icon: element.querySelector("use")?.getAttribute("href").split("#")[1], press: element }
    }).filter(item => item.label && item.label.toLowerCase().includes(typed.toLowerCase())).slice(0, 8)
  }

  recent() {
    try { return JSON.parse(localStorage.getItem(RECENT) ?? "[]").filter(item => item.place === location.pathname.split("/")[2]).slice(0, 5) } catch { return [] }
  }

  show(items, typed, trouble = "") {
    this.list.replaceChildren()
    let group = null
    const seen = new Set()
    items.forEach(item => {
      const same = item.url ?? item.label
      if (seen.has(same)) return
      seen.add(same)
      if (item.group !== group) this.list.append(make("div", { class: "palette__group", role: "presentation" }, group = item.group))
      this.list.append(this.row(item, typed, seen.size))
    })
    if (trouble) this.list.prepend(make("p", { class: "palette__empty" }, trouble))
    else if (!seen.size) this.list.append(make("p", { class: "palette__empty" }, typed ? `Nothing found for “${typed}”.` : "Type a name, an e-mail, a number or a command."))
    this.choose(this.list.querySelector(".palette__item"))
    announce(`${seen.size} results`)
  }

  row(item, typed, number) {
    const disc = item.initials ? make("span", { class: `avatar tint-${item.tint ?? 0}`, "aria-hidden": "true" }, item.initials) : icon(item.icon || "arrow-right")
    const row = make("div", { class: "palette__item", role: "option", id: `palette-${number}`, "aria-selected": "false" }, disc, make("span", {}, ...marked(item.label, typed)), item.hint ? make("small", {}, item.hint) : null)
    row.append(item.keys ? keycaps(item.keys) : make("span", { class: "keys palette__enter", "aria-hidden": "true" }, make("kbd", { class: "key" }, icon("enter", 12))))
    row.item = item
    return row
  }

  choose(row, scroll = true) {
    if (!row) return this.input.removeAttribute("aria-activedescendant")
    this.list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false")
    row.setAttribute("aria-selected", "true")
    this.input.setAttribute("aria-activedescendant", row.id)
    if (scroll) row.scrollIntoView({ block: "nearest" })
  }

  pressed(event) {
    const rows = [...this.list.querySelectorAll(".palette__item")]
    const at = rows.findIndex(row => row.getAttribute("aria-selected") === "true")
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key]
    if (to === undefined && event.key !== "Enter") return
    event.preventDefault()
    if (to === undefined) this.go(rows[at], event.ctrlKey || event.metaKey)
    else if (rows.length) this.choose(rows[(to + rows.length) % rows.length])
  }

  go(row, elsewhere) {
    if (!row) return
    const { item } = row
    if (item.press) { this.dialog.close(); return item.press.click() }
    if (item.icon || item.initials) this.keep(item)
    if (elsewhere) return void open(item.url, "_blank", "noopener")
    location.assign(item.url)
  }

  keep(item) {
    try {
      const kept = JSON.parse(localStorage.getItem(RECENT) ?? "[]").filter(other => other.url !== item.url)
      localStorage.setItem(RECENT, JSON.stringify([{ ...item, group: "Recent", place: location.pathname.split("/")[2] }, ...kept].slice(0, 20)))
    } catch { /* storage may be forbidden; then there is no recent list */ }
  }
}

function marked(label, typed) {
  const at = typed ? label.toLowerCase().indexOf(typed.toLowerCase()) : -1
  return at < 0 ? [label] : [label.slice(0, at), make("mark", {}, label.slice(at, at + typed.length)), label.slice(at + typed.length)]
}
customElements.define("command-palette", CommandPalette)
