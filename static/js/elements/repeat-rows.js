// <repeat-rows data-most="11"><div class="repeat"><div class="repeat__row">…<button data-remove hidden></div></div><button data-add></repeat-rows>
// Adds and removes rows of a form without asking the server; the button works as a plain submit where scripts do not run.
class RepeatRows extends HTMLElement {
  get list() { return this.querySelector(".repeat") }
  get rows() { return [...this.list.children] }

  connectedCallback() {
    this.addEventListener("click", this)
    this.draw()
  }

  handleEvent(event) {
    if (event.target.closest("[data-add]")) {
      event.preventDefault()
      this.add()
    } else if (event.target.closest("[data-remove]")) this.remove_(event.target.closest(".repeat__row"))
  }

  add() {
    const row = this.rows[0].cloneNode(true)
    row.querySelectorAll(".field__error").forEach(error => error.remove())
    row.querySelectorAll("input, select").forEach(control => {
      control.value = ""
      control.removeAttribute("value")
      control.removeAttribute("aria-invalid")
      control.querySelectorAll("[selected]").forEach(option => option.removeAttribute("selected"))
      control.setAttribute("aria-label", control.getAttribute("aria-label").replace(/\d+$/, this.rows.length + 1))
    })
    this.list.append(row)
    this.draw()
    row.querySelector("input").focus()
  }

  remove_(row) {
    const next = row.nextElementSibling ?? row.previousElementSibling
    row.remove()
    this.draw()
    next?.querySelector("input").focus()
  }

  draw() {
    const { rows } = this
    rows.forEach(row => { row.querySelector("[data-remove]").hidden = rows.length < 2 })
    const button = this.querySelector("[data-add]")
    if (button) button.hidden = rows.length >= Number(this.dataset.most)
  }
}
customElements.define("repeat-rows", RepeatRows)
