// <record-columns>: the rail opens its panel (a drawer on narrow windows), the strip of tabs chooses the column on phones.
// Rail items: <button class="rail__item" role="tab" data-panel="tasks" hx-get="…" hx-target="#panel">; [data-panel="hide"] closes it.
// Phone tabs: <button class="tab" data-view="timeline | details | panel" data-panel="tasks">.
class RecordColumns extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this)
    this.addEventListener("keydown", this)
  }

  handleEvent(event) {
    if (event.type === "keydown") {
      if (event.key === "Escape" && this.getAttribute("panel") === "open" && event.target.closest(".record__panel")) this.setAttribute("panel", "closed")
      return
    }
    const rail = event.target.closest(".rail__item")
    const tab = event.target.closest(".record__tabs [data-view]")
    if (rail) this.choosePanel(rail)
    if (tab) this.chooseView(tab)
  }

  choosePanel(item) {
    const isDrawer = matchMedia("(max-width: 1199px)").matches
    const chosen = item.getAttribute("aria-selected") === "true"
    if (item.dataset.panel === "hide") {
      return this.setAttribute("panel", this.getAttribute("panel") === "closed" ? "open" : "closed")
    }
    this.setAttribute("panel", isDrawer && chosen && this.getAttribute("panel") === "open" ? "closed" : "open")
    this.mark(item.dataset.panel)
  }

  chooseView(tab) {
    this.setAttribute("view", tab.dataset.view)
    this.querySelectorAll(".record__tabs [data-view]").forEach(other => other.setAttribute("aria-selected", String(other === tab)))
    if (tab.dataset.panel) this.mark(tab.dataset.panel)
  }

  mark(panel) {
    this.querySelectorAll(".rail__item[data-panel]").forEach(item => item.dataset.panel !== "hide" && item.setAttribute("aria-selected", String(item.dataset.panel === panel)))
    this.querySelectorAll("[data-panel-body]").forEach(body => { body.hidden = body.dataset.panelBody !== panel })
  }
}
customElements.define("record-columns", RecordColumns)
