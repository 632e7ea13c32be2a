// <own-zone> around the selects "timezone" and "country": chooses what the browser says, where nothing is chosen yet.
class OwnZone extends HTMLElement {
  connectedCallback() {
    this.choose("timezone", Intl.DateTimeFormat().resolvedOptions().timeZone)
    this.choose("country", (() => {
      try { return new Intl.Locale(navigator.language).region } catch { return "" }
    })())
  }

  choose(name, value) {
    const select = this.querySelector(`select[name="${name}"]`)
    if (!select || select.value || !value) return
    if ([...select.options].some(option => option.value === value)) select.value = value
  }
}
customElements.define("own-zone", OwnZone)
