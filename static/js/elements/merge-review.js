// <merge-review>: arrows move between fields and sides, A takes everything from the side in focus. A new master takes along every
// field that nobody has chosen by hand; a choice made by hand says so. All of it are radio buttons, so it works without this too.
import { announce, isTyping } from "../page.js";

class MergeReview extends HTMLElement {
  connectedCallback() {
    this.chosen = new Set()
    this.addEventListener("change", this)
    this.addEventListener("click", this)
    document.addEventListener("keydown", this, true)
  }

  disconnectedCallback() { document.removeEventListener("keydown", this, true) }

  get lines() {
    const rows = [...this.querySelectorAll("thead tr, tbody tr[data-line]")]
    return rows.filter(row => row.getClientRects().length)
  }

  handleEvent(event) {
    if (event.type === "keydown") return this.pressed(event)
    if (event.type === "click") {
      const link = event.target.closest("[data-take]")
      if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); this.take(link.dataset.take) }
      return
    }
    if (event.target.name === "master") return this.follow(event.target.value)
    if (event.target.name?.startsWith("pick:")) this.mark(event.target)
  }

  pressed(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return
    const at = event.target
    if (!this.contains(at) && at !== document.body) return
    const here = this.contains(at) && at.matches?.("input[type=radio]") && at.name !== "show" ? at : null
    if (!here && this.contains(at) && (isTyping(at) || at.closest("a, button, input"))) return
    const key = event.key
    if (["ArrowUp", "ArrowDown"].includes(key)) this.move(here, key === "ArrowDown" ? 1 : -1)
    else if (["ArrowLeft", "ArrowRight"].includes(key) && here) this.side(here, key === "ArrowRight" ? 1 : -1)
    else if (key.toLowerCase() === "a" && !document.querySelector("shortcut-keys[off]") && here) this.take(here.value)
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  move(here, step) {
    const lines = this.lines
    const from = here ? lines.indexOf(here.closest("tr")) : step > 0 ? -1 : lines.length
    const row = lines[Math.min(lines.length - 1, Math.max(0, from + step))]
    const input = row?.querySelector("input:checked") ?? row?.querySelector("input[type=radio]")
    input?.focus()
    input?.scrollIntoView({ block: "nearest", inline: "nearest" })
  }

  side(here, step) {
    const all = [...here.closest("tr").querySelectorAll("input[type=radio]")]
    const other = all[all.indexOf(here) + step]
    if (!other) return
    other.checked = true
    other.focus()
    other.dispatchEvent(new Event("change", { bubbles: true }))
  }

  mark(input) {
    this.chosen.add(input.name)
    for (const other of input.closest("tr").querySelectorAll(".merge__note")) other.textContent = ""
    input.closest("label").querySelector(".merge__note").textContent = "your pick"
  }

  follow(master) {
    for (const row of this.querySelectorAll("tr[data-line]")) {
      const all = [...row.querySelectorAll("input[type=radio]")]
      if (this.chosen.has(all[0].name)) continue
      const own = all.find(input => input.value === master)
      const best = own.hasAttribute("data-blank") ? all.find(input => !input.hasAttribute("data-blank")) ?? own : own
      best.checked = true
      for (const input of all) input.closest("label").querySelector(".merge__note").textContent = input === best && best !== own ? "fills the gap" : ""
    }
    this.refresh()
  }

  // What the rest of the page says of the master comes from the server; the choices stay as they are.
  async refresh() {
    const asked = new URLSearchParams(new FormData(this.querySelector("#merge")))
    asked.delete("csrfmiddlewaretoken")
    const answer = await fetch(`${this.dataset.page}?${asked}`, { signal: AbortSignal.timeout(10000) }).catch(() => null)
    if (!answer?.ok || !this.isConnected) return
    const page = new DOMParser().parseFromString(await answer.text(), "text/html")
    for (const old of document.querySelectorAll("[data-fresh]")) {
      const fresh = page.querySelector(`[data-fresh="${old.dataset.fresh}"]`)
      if (fresh) old.replaceWith(document.adoptNode(fresh))
    }
  }

  take(id) {
    const master = this.querySelector(`[name="master"][value="${id}"]`)
    master.checked = true
    this.chosen.clear()
    for (const row of this.querySelectorAll("tr[data-line]")) {
      const input = row.querySelector(`[value="${id}"]`)
      input.checked = true
      for (const note of row.querySelectorAll(".merge__note")) note.textContent = ""
      this.chosen.add(input.name)
    }
    this.refresh()
    announce(`Everything from ${master.closest("label").querySelector("strong").textContent}`)
  }
}
customElements.define("merge-review", MergeReview)
