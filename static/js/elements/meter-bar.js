// <meter-bar value="904" max="1549" level="ok">: the width is a custom property set by script, since inline styles are forbidden.
// <split-bar><i data-part="1204" data-level="ok"></i>…</split-bar>: parts of a whole.
class MeterBar extends HTMLElement {
  static observedAttributes = ["value", "max"]

  connectedCallback() { this.render() }
  attributeChangedCallback() { this.render() }

  render() {
    const max = Number(this.getAttribute("max") || 100)
    const part = max > 0 ? Math.min(1, Math.max(0, Number(this.getAttribute("value") || 0) / max)) : 0
    this.style.setProperty("--part", String(part))
  }
}
customElements.define("meter-bar", MeterBar)

class SplitBar extends HTMLElement {
  connectedCallback() {
    for (const part of this.querySelectorAll("[data-part]")) {
      part.hidden = Number(part.dataset.part) <= 0
      part.style.setProperty("--part", part.dataset.part)
    }
  }
}
customElements.define("split-bar", SplitBar)
