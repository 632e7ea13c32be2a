// <list-view id="list">: what a list of contacts needs beside htmx and <data-table>: a selection that ends when the list becomes another one,
// skeleton rows while another list loads, a mode for choosing on phones, and fresh rows when a bulk action has changed them.
const WAITS = 200
const MOST_SKELETONS = 12

class ListView extends HTMLElement {
  get table() { return this.querySelector("data-table") }
  get results() { return this.querySelector("#results") }

  connectedCallback() {
    this.signature = this.read()
    this.counts = new Map()
    this.addEventListener("htmx:beforeRequest", this)
    this.addEventListener("htmx:beforeSwap", this)
    this.addEventListener("htmx:afterSettle", this)
    this.addEventListener("click", this, true)
    for (const name of ["bulk:started", "contacts:changed"]) document.body.addEventListener(name, this)
    document.addEventListener("progress:done", this)
  }

  disconnectedCallback() {
    clearTimeout(this.timer)
    for (const name of ["bulk:started", "contacts:changed"]) document.body.removeEventListener(name, this)
    document.removeEventListener("progress:done", this)
  }

  handleEvent(event) {
    if (event.type === "click") return this.clicked(event)
    if (event.type === "htmx:beforeRequest") return this.asked(event)
    if (event.type === "htmx:beforeSwap") return clearTimeout(this.timer) // rows that came must not be covered before they settle
    if (event.type === "htmx:afterSettle") return this.settled()
    if (event.type === "bulk:started") return this.leaveChoosing()
    if (event.type === "progress:done" && !event.target.closest?.(".bulk-toast")) return
    if (event.type === "progress:done") document.body.dispatchEvent(new CustomEvent("contacts:changed"))
    else this.refresh()
  }

  read() { return this.querySelector("template[data-signature]")?.dataset ?? {} }

  asked(event) {
    this.keepCounts()
    if (!event.target.matches("[data-list-tab]")) return
    this.querySelectorAll("[data-list-tab]").forEach(tab => tab.removeAttribute("aria-current"))
    event.target.setAttribute("aria-current", "page")
    this.timer = setTimeout(() => this.showSkeleton(), WAITS)
  }

  settled() {
    clearTimeout(this.timer)
    this.keepCounts()
    const before = this.signature
    this.signature = this.read()
    const isOther = before.signature !== this.signature.signature
    if (this.table?.chosen && (isOther || (this.table.everyMatch && before.search !== this.signature.search))) this.table.clear()
  }

  /** Tabs drawn anew show the counts they had until fresh ones come. */
  keepCounts() {
    this.querySelectorAll(".tab .count").forEach(count => {
      if (count.textContent) this.counts.set(count.id, count.textContent)
      else count.textContent = this.counts.get(count.id) ?? ""
    })
  }

  showSkeleton() {
    const body = this.querySelector("#rows")
    if (!body?.rows.length) return
    const columns = body.rows[0].cells.length
    const rows = Array.from({ length: Math.min(MOST_SKELETONS, body.rows.length) }, () => {
      const row = document.createElement("tr")
      row.setAttribute("aria-hidden", "true")
      for (let at = 0; at < columns - 1; at++) {
        const cell = row.insertCell()
        if (at) cell.append(Object.assign(document.createElement("span"), { className: at === 1 ? "skeleton" : "skeleton skeleton--short" }))
      }
      return row
    })
    body.replaceChildren(...rows)
  }

  clicked(event) {
    const mode = event.target.closest("[data-select-mode]")
    if (mode) return this.toggleChoosing(mode)
    const row = this.hasAttribute("choosing") && event.target.closest("tbody tr[data-id]")
    if (!row || event.target.closest("input, button")) return
    event.preventDefault()
    event.stopPropagation()
    this.table.toggle(row, !this.table.chosen.has(row.dataset.id), event.shiftKey)
  }

  toggleChoosing(button) {
    if (this.hasAttribute("choosing")) return this.leaveChoosing()
    this.setAttribute("choosing", "")
    button.setAttribute("aria-pressed", "true")
  }

  leaveChoosing() {
    this.removeAttribute("choosing")
    this.querySelector("[data-select-mode]")?.setAttribute("aria-pressed", "false")
    this.table?.clear()
  }

  refresh() {
    if (this.results) window.htmx.ajax("GET", location.pathname + location.search, { source: this.results, target: this.results, swap: "innerHTML" })
  }
}
customElements.define("list-view", ListView)
