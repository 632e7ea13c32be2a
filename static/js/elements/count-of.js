// <count-of name="tasks">2</count-of>: follows the HX-Trigger event {"counts": {"tasks": 3}}; nothing is shown for none.
class CountOf extends HTMLElement {
  connectedCallback() { document.body.addEventListener("counts", this) }

  disconnectedCallback() { document.body.removeEventListener("counts", this) }

  handleEvent(event) {
    const number = event.detail[this.getAttribute("name")]
    if (number !== undefined) this.textContent = number || ""
  }
}
customElements.define("count-of", CountOf)
