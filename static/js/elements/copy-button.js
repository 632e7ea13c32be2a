// <copy-button data-text="…"><button class="button">Copy link</button></copy-button>; without data-text it copies the page's address.
import { announce } from "../page.js";

class CopyButton extends HTMLElement {
  connectedCallback() { this.addEventListener("click", this) }

  async handleEvent(event) {
    const button = event.target.closest("button")
    if (!button) return
    try {
      await navigator.clipboard.writeText(this.dataset.text ?? location.href)
    } catch {
      return announce("Copying is not allowed here. Select the text and copy it.")
    }
    this.toggleAttribute("copied", true)
    announce("Copied")
    const label = [...button.childNodes].findLast(node => node.nodeType === Node.TEXT_NODE && node.data.trim())
    const before = label?.data
    if (label && before !== "Copied") label.data = "Copied"
    setTimeout(() => {
      this.toggleAttribute("copied", false)
      if (label) label.data = before
    }, 1500)
  }
}
customElements.define("copy-button", CopyButton)
