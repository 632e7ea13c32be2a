// <import-map dates="date_of_birth custom.x" locked>: rows [data-column] with a select of fields. Shows what a choice asks for (a new field's name and
// type, the order of dates), counts the columns without a field, and keeps [data-next] disabled until all have one or the box says they may be left out.
import { announce } from "../page.js"

class ImportMap extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", this)
    this.render()
  }

  handleEvent(event) {
    this.render()
    if (event.target.matches("select[name^=field-]")) announce(`${this.unmatched} columns are not matched`)
  }

  render() {
    const dates = (this.getAttribute("dates") || "").split(" ")
    this.unmatched = 0
    for (const row of this.querySelectorAll("[data-column]")) {
      const field = row.querySelector("select[name^=field-]").value
      const type = row.querySelector("select[name^=type-]").value
      row.toggleAttribute("data-unmatched", !field)
      row.querySelector('[data-when="new"]').hidden = field !== "new"
      row.querySelector('[data-when="date"]').hidden = !(dates.includes(field) || (field === "new" && type === "DATE"))
      if (!field) this.unmatched += 1
    }
    const box = this.querySelector("[name=skip_unmapped]")
    this.querySelector("[data-unmatched-count]").textContent = `(${this.unmatched})`
    this.querySelector("[data-next]").disabled = this.hasAttribute("locked") || (this.unmatched > 0 && !box.checked)
  }
}
customElements.define("import-map", ImportMap)
