// <time-ago><time datetime="2026-11-21T08:00:00Z">21 Nov 2026, 08:00</time></time-ago>: keeps the words fresh; the server's stay without script.
const MINUTE = 60, HOUR = 3600, DAY = 86400
const shown = new Set()
setInterval(() => shown.forEach(element => element.render()), 30000)

class TimeAgo extends HTMLElement {
  connectedCallback() {
    shown.add(this)
    this.render()
  }

  disconnectedCallback() { shown.delete(this) }

  render() {
    const time = this.querySelector("time")
    const at = new Date(time?.dateTime ?? "")
    if (Number.isNaN(at.getTime())) return
    time.title ||= at.toLocaleString("en-GB", { day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" })
    time.textContent = words(at, new Date())
  }
}

function words(at, now) {
  const seconds = Math.round((now - at) / 1000)
  if (seconds < -DAY) return day(at, now)
  if (seconds < -HOUR) return `in ${Math.round(-seconds / HOUR)} h`
  if (seconds < -MINUTE) return `in ${Math.round(-seconds / MINUTE)} min`
  if (seconds < MINUTE) return "just now"
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ago`
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate())
  if (at >= midnight) return `${Math.floor(seconds / HOUR)} h ago`
  if (midnight - at < DAY * 1000) return "Yesterday"
  return day(at, now)
}

const day = (at, now) =>
  at.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: at.getFullYear() === now.getFullYear() ? undefined : "numeric" })

customElements.define("time-ago", TimeAgo)
