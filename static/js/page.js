// What elements share: the page's token, sprite, live line, cookies and small DOM makers.
const meta = name => document.querySelector(`meta[name="${name}"]`)?.content ?? ""

export const csrfToken = () => meta("csrf-token")

/** An element with attributes and children: make("button", {type: "button", class: "x"}, "Words", node). */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue
    element.setAttribute(name, value === true ? "" : value)
  }
  element.append(...children.filter(child => child != null))
  return element
}

export function icon(name, size = 16) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  svg.setAttribute("class", size === 16 ? "icon" : `icon icon-${size}`)
  svg.setAttribute("aria-hidden", "true")
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use")
  use.setAttribute("href", `${meta("sprite")}#${name}`)
  svg.append(use)
  return svg
}

const drawn = { Enter: "enter", "↵": "enter", Up: "arrow-up", Down: "arrow-down", Left: "arrow-left", Right: "arrow-right" }

export function keycaps(combination) {
  const caps = combination.split(" ").map(key => make("kbd", { class: "key" }, drawn[key] ? icon(drawn[key], 12) : key))
  return make("span", { class: "keys", "aria-hidden": "true" }, ...caps)
}

/** Says a sentence to screen readers. */
export function announce(text) {
  const live = document.getElementById("live")
  if (live) live.textContent = text
}

export function remember(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : ""
  document.cookie = `${name}=${value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`
}

/** What an element with data-key does, in words: its label without its keys. */
export function wordsOf(element) {
  const named = element.dataset.keyLabel || element.getAttribute("aria-label")
  if (named) return named
  const copy = element.cloneNode(true)
  copy.querySelectorAll(".keys, .count, svg").forEach(part => part.remove())
  return copy.textContent.trim().replace(/\s+/g, " ")
}

export const isTyping = target =>
  target instanceof HTMLElement && (target.isContentEditable || !!target.closest("input:not([type=checkbox], [type=radio], [type=button]), textarea, select"))

/** JSON from our own server within ten seconds; throws an Error with a sentence. */
export async function fetchJson(url, options = {}) {
  const answer = await fetch(url, {
    ...options,
    headers: { Accept: "application/json", "X-Requested-With": "fetch", ...options.headers },
    signal: options.signal ?? AbortSignal.timeout(10000),
  })
  if (!answer.ok) throw new Error(`The server answered ${answer.status}.`)
  return answer.json()
}

/** Puts a floating box at its opener, inside the window; above it when there is no room below. */
export function placeBeside(box, opener, { matchWidth = false } = {}) {
  const at = opener.getBoundingClientRect()
  if (matchWidth) box.style.setProperty("width", `${at.width}px`)
  const { offsetWidth: width, offsetHeight: height } = box
  const below = at.bottom + 4
  const top = below + height > innerHeight - 8 && at.top - height - 4 > 8 ? at.top - height - 4 : Math.min(below, Math.max(8, innerHeight - height - 8))
  const left = at.left + width > innerWidth - 8 ? Math.max(8, Math.min(at.right, innerWidth - 8) - width) : at.left
  box.style.setProperty("top", `${top}px`)
  box.style.setProperty("left", `${left}px`)
}
