// <password-rules for="id"> around a password field and a hidden list of <li data-length="12"> and <li data-rule="a digit">:
// shows the list and ticks what the password has, as it is typed. The server decides.
const has = {
  "a capital letter": text => /\p{Lu}/u.test(text),
  "a small letter": text => /\p{Ll}/u.test(text),
  "a digit": text => /\p{Nd}/u.test(text),
  "a symbol": text => /[^\p{L}\p{N}]/u.test(text),
}

class PasswordRules extends HTMLElement {
  connectedCallback() {
    this.input = document.getElementById(this.getAttribute("for"))
    this.list = this.querySelector("ul")
    if (!this.input || !this.list) return
    this.list.hidden = false
    this.list.setAttribute("aria-label", "What the password needs")
    this.input.addEventListener("input", this)
    this.handleEvent()
  }

  handleEvent() {
    const text = this.input.value
    for (const item of this.list.children) {
      const { length, rule } = item.dataset
      const kept = length ? [...text].length >= Number(length) : (has[rule]?.(text) ?? false)
      item.classList.toggle("is-kept", kept)
    }
  }
}
customElements.define("password-rules", PasswordRules)
