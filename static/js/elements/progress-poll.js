// <progress-poll url="/…/progress" every="1000">: asks with htmx and swaps its inside, slower while the page is hidden, waiting longer after
// failures, and stops at the HTTP answer 286 or when the answer says data-done. The page reloads then if it has the attribute reload.
class ProgressPoll extends HTMLElement {
  connectedCallback() {
    this.failures = 0
    this.wait()
  }

  disconnectedCallback() { clearTimeout(this.timer) }

  wait() {
    const every = Math.max(500, Number(this.getAttribute("every") || 1000))
    const delay = document.hidden ? 10000 : Math.min(30000, every * 2 ** this.failures)
    this.timer = setTimeout(() => this.ask(), delay)
  }

  async ask() {
    try {
      const answer = await fetch(this.getAttribute("url"), { headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(10000) })
      if (!answer.ok) throw new Error(answer.statusText)
      this.failures = 0
      const html = await answer.text()
      if (!this.isConnected) return
      window.htmx.swap(this, html, { swapStyle: "innerHTML" })
      if (answer.status === 286 || this.querySelector("[data-done]")) return this.done()
    } catch {
      this.failures = Math.min(5, this.failures + 1)
    }
    if (this.isConnected) this.wait()
  }

  done() {
    this.setAttribute("done", "")
    this.dispatchEvent(new CustomEvent("progress:done", { bubbles: true }))
    if (this.hasAttribute("reload")) location.reload()
  }
}
customElements.define("progress-poll", ProgressPoll)
