// <field-list hide-empty>: hides fields without a value; <input data-hide-empty> in it turns that on and off, and it is remembered.
import { announce, remember } from "../page.js"

class FieldList extends HTMLElement {
  connectedCallback() { this.addEventListener("change", this) }

  handleEvent(event) {
    if (!event.target.matches("[data-hide-empty]")) return
    this.toggleAttribute("hide-empty", event.target.checked)
    remember("hide_empty", event.target.checked ? "1" : "0")
    announce(event.target.checked ? "Empty fields are hidden" : "All fields are shown")
  }
}
customElements.define("field-list", FieldList)
