// <rich-text data-people="/…/options/people"><textarea name="body">…</textarea></rich-text>: bold, italic, lists, quote and links over the textarea,
// which stays the form's value (plain text while nothing is formatted, else HTML). @ offers colleagues. Without a script the textarea is all.
import { announce, fetchJson, icon, make, placeBeside } from "../page.js";

const KEPT = { P: "p", DIV: "p", BR: "br", B: "b", STRONG: "b", I: "i", EM: "i", U: "u", S: "s", UL: "ul", OL: "ol", LI: "li", A: "a", BLOCKQUOTE: "blockquote", CODE: "code", PRE: "pre", H3: "h3", H4: "h4" }
const DROPPED = new Set(["SCRIPT", "STYLE", "TEMPLATE", "NOSCRIPT", "HEAD", "META", "LINK", "TITLE", "OBJECT", "IFRAME"])
const BLOCKS = new Set(["p", "ul", "ol", "li", "blockquote", "pre", "h3", "h4"])
const LINKS = /^(https?:|mailto:|tel:)/i
const DEEDS = [
  ["bold", "Bold", "B", "Ctrl B"], ["italic", "Italic", "I", "Ctrl I"],
  ["insertUnorderedList", "Bulleted list", "•", ""], ["insertOrderedList", "Numbered list", "1.", ""],
  ["quote", "Quote", "”", ""], ["link", "Link", "link", "Ctrl K"],
]
let numbered = 0

class RichText extends HTMLElement {
  connectedCallback() {
    this.area = this.querySelector("textarea")
    if (!this.area || this.box) return
    const id = `rich-${++numbered}`
    const label = this.area.labels?.[0]
    this.bar = make("div", { class: "rich__bar", role: "toolbar", "aria-label": "Formatting", "aria-controls": id })
    this.bar.append(...DEEDS.map(([deed, name, sign, keys], place) => make("button", {
      type: "button", class: `rich__deed rich__deed--${deed}`, "data-deed": deed, title: keys ? `${name} (${keys})` : name, "aria-label": name,
      "aria-pressed": "false", tabindex: place ? "-1" : "0" }, sign === "link" ? icon("link", 14) : sign)))
    this.address = make("span", { class: "rich__link", hidden: true },
      make("input", { class: "input input--small", type: "url", placeholder: "https://", "aria-label": "Address of the link", maxlength: "1000" }),
      make("button", { type: "button", class: "button button--small", "data-apply": true }, "Apply"))
    this.box = make("div", { class: "rich__box", id, contenteditable: "true", role: "textbox", "aria-multiline": "true",
      "aria-label": label?.firstChild?.textContent.trim() || this.area.getAttribute("aria-label") || "Text",
      "aria-required": this.area.required, "aria-invalid": this.area.getAttribute("aria-invalid"), "aria-describedby": this.area.getAttribute("aria-describedby") })
    this.list = make("div", { class: "combo__list", id: `${id}-people`, role: "listbox", popover: "manual", "aria-label": "Colleagues" })
    this.box.replaceChildren(read(this.area.value))
    this.area.required = false
    this.area.hidden = true
    this.area.after(make("div", { class: "rich" }, this.bar, this.address, this.box), this.list)
    label?.addEventListener("click", () => this.box.focus())
    for (const type of ["input", "keydown", "keyup", "paste", "click", "focusout", "pointerdown"]) this.addEventListener(type, this)
    if (this.area.hasAttribute("autofocus") || this.area.getAttribute("aria-invalid") === "true") this.box.focus()
  }

  handleEvent(event) {
    if (event.type === "pointerdown") return this.pressedDown(event)
    if (event.type === "click") return this.clicked(event)
    if (event.type === "keydown") return this.pressed(event)
    if (event.type === "focusout") return setTimeout(() => this.contains(document.activeElement) || this.close(), 120)
    if (event.target !== this.box) return
    if (event.type === "paste") return this.pasted(event)
    if (event.type === "input") { this.keep(); this.look() }
    this.mark()
  }

  keep() {
    this.area.value = write(this.box)
  }

  mark() {
    for (const button of this.bar.children) {
      const deed = button.dataset.deed
      const inside = tag => document.getSelection().anchorNode?.parentElement?.closest(tag)
      const on = deed === "link" ? inside("a") : deed === "quote" ? inside("blockquote") : document.queryCommandState(deed)
      button.setAttribute("aria-pressed", String(!!on && this.contains(document.getSelection().anchorNode)))
    }
  }

  // Buttons must not take the selection away from the text.
  pressedDown(event) {
    if (event.target.closest("[data-deed], .combo__option")) event.preventDefault()
    const option = event.target.closest(".combo__option")
    if (option) this.take(option)
  }

  clicked(event) {
    const deed = event.target.closest("[data-deed]")?.dataset.deed
    if (deed) this.perform(deed)
    else if (event.target.closest("[data-apply]")) this.link()
  }

  perform(deed) {
    if (deed === "link") return this.ask()
    this.box.focus()
    if (deed === "quote") document.execCommand("formatBlock", false, document.getSelection().anchorNode?.parentElement?.closest("blockquote") ? "p" : "blockquote")
    else document.execCommand(deed)
    this.keep()
    this.mark()
  }

  ask() {
    const selection = document.getSelection()
    this.range = selection.rangeCount && this.box.contains(selection.anchorNode) ? selection.getRangeAt(0).cloneRange() : null
    const held = selection.anchorNode?.parentElement?.closest("a")
    if (held && this.box.contains(held)) { this.range = document.createRange(); this.range.selectNodeContents(held) }
    this.address.hidden = false
    const input = this.address.querySelector("input")
    input.value = held?.getAttribute("href") ?? ""
    input.focus()
  }

  link() {
    const typed = this.address.querySelector("input").value.trim()
    const href = !typed || LINKS.test(typed) ? typed : /^[^\s@]+@[^\s@]+$/.test(typed) ? `mailto:${typed}` : `https://${typed}`
    this.address.hidden = true
    this.box.focus()
    const selection = document.getSelection()
    if (this.range) { selection.removeAllRanges(); selection.addRange(this.range) }
    if (!href) document.execCommand("unlink")
    else if (selection.isCollapsed) document.execCommand("insertHTML", false, make("a", { href }, typed).outerHTML)
    else document.execCommand("createLink", false, href)
    this.keep()
    this.mark()
  }

  pressed(event) {
    const stop = () => { event.preventDefault(); event.stopPropagation() }
    if (this.address.contains(event.target)) {
      if (event.key === "Enter") { stop(); this.link() }
      if (event.key === "Escape") { stop(); this.address.hidden = true; this.box.focus() }
      return
    }
    if (this.bar.contains(event.target)) {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
      if (!step) return
      stop()
      const buttons = [...this.bar.children]
      const next = buttons.at((buttons.indexOf(event.target) + step) % buttons.length)
      buttons.forEach(button => { button.tabIndex = button === next ? 0 : -1 })
      return next.focus()
    }
    if (event.target !== this.box) return
    if (this.isOpen) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") { stop(); return this.walk(event.key === "ArrowDown" ? 1 : -1) }
      if (event.key === "Enter" || event.key === "Tab") { stop(); return this.take(this.active) }
      if (event.key === "Escape") { stop(); return this.close() }
    }
    if (!event.ctrlKey && !event.metaKey) return
    if (event.key === "Enter") { stop(); this.keep(); this.closest("form")?.requestSubmit() }
    if (event.key.toLowerCase() === "k") { stop(); this.ask() }
  }

  pasted(event) {
    event.preventDefault()
    const markup = event.clipboardData.getData("text/html")
    if (!markup) return document.execCommand("insertText", false, event.clipboardData.getData("text/plain"))
    const holder = make("div")
    holder.append(cleaned(new DOMParser().parseFromString(markup, "text/html").body))
    document.execCommand("insertHTML", false, holder.innerHTML)
  }

  get isOpen() { return this.list.matches(":popover-open") }
  get active() { return this.list.querySelector("[aria-selected=true]") }

  // What follows the @ before the caret, or null.
  get typed() {
    const { anchorNode: node, anchorOffset: offset, isCollapsed } = document.getSelection()
    if (!isCollapsed || node?.nodeType !== Node.TEXT_NODE || !this.box.contains(node)) return null
    return node.data.slice(0, offset).match(/(?:^|[\s(])@([\p{L}\d.'-]*(?: [\p{L}\d.'-]*)?)$/u)?.[1] ?? null
  }

  look() {
    clearTimeout(this.timer)
    const typed = this.typed
    if (typed === null || !this.dataset.people) return this.close()
    this.timer = setTimeout(async () => {
      try {
        const answer = await fetchJson(`${this.dataset.people}?q=${encodeURIComponent(typed)}`)
        if (this.typed !== typed) return
        this.offer(answer.results ?? answer)
      } catch { this.close() }
    }, 120)
  }

  offer(people) {
    if (!people.length) return this.close()
    const twice = name => people.filter(person => person.label === name).length > 1
    this.list.replaceChildren(...people.slice(0, 8).map((person, place) => make("div", { class: "combo__option", role: "option", id: `${this.list.id}-${place}`,
      "aria-selected": String(!place), "data-text": twice(person.label) ? person.hint : person.label }, make("span", {}, person.label), make("small", {}, person.hint ?? ""))))
    if (!this.isOpen) {
      this.list.showPopover()
      announce(`${people.length} people. Choose with the arrows and Enter.`)
    }
    placeBeside(this.list, this.box)
    this.box.setAttribute("aria-controls", this.list.id)
    this.box.setAttribute("aria-activedescendant", this.active.id)
  }

  walk(step) {
    const options = [...this.list.children]
    const next = options.at((options.indexOf(this.active) + step) % options.length)
    options.forEach(option => option.setAttribute("aria-selected", String(option === next)))
    this.box.setAttribute("aria-activedescendant", next.id)
    next.scrollIntoView({ block: "nearest" })
  }

  take(option) {
    const typed = this.typed
    this.close()
    if (!option || typed === null) return
    const selection = document.getSelection()
    const range = selection.getRangeAt(0)
    range.setStart(selection.anchorNode, selection.anchorOffset - typed.length)
    selection.removeAllRanges()
    selection.addRange(range)
    document.execCommand("insertText", false, `${option.dataset.text}\u00a0`)
    this.close()
    this.keep()
  }

  close() {
    clearTimeout(this.timer)
    if (this.isOpen) this.list.hidePopover()
    this.box.removeAttribute("aria-activedescendant")
  }
}

// Stored text as nodes: HTML cleaned, plain text with its line breaks.
function read(value) {
  if (/<[a-z]/i.test(value)) return cleaned(new DOMParser().parseFromString(value, "text/html").body)
  const found = document.createDocumentFragment()
  value.split("\n").forEach((line, place) => {
    if (place) found.append(make("br"))
    found.append(line)
  })
  return found
}

// A copy of a node's children with nothing but plain formatting.
function cleaned(node) {
  const found = document.createDocumentFragment()
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) { found.append(child.data); continue }
    if (child.nodeType !== Node.ELEMENT_NODE || DROPPED.has(child.tagName)) continue
    const inside = cleaned(child)
    const tag = KEPT[child.tagName]
    const href = child.getAttribute("href") ?? ""
    if (!tag || (tag === "a" && !LINKS.test(href))) { found.append(inside); continue }
    // A block within a paragraph is no paragraph of its own.
    if (tag === "p" && [...inside.children].some(one => BLOCKS.has(one.localName))) { found.append(inside); continue }
    found.append(make(tag, tag === "a" ? { href } : {}, inside))
  }
  return found
}

// The form's value: plain text while there are only lines, else HTML.
function write(box) {
  const holder = make("div")
  holder.append(cleaned(box))
  if (!holder.textContent.trim()) return ""
  if (!holder.querySelector("b, i, u, s, ul, ol, a, blockquote, code, pre, h3, h4")) {
    holder.querySelectorAll("br").forEach(one => one.replaceWith("\n"))
    holder.querySelectorAll("p").forEach(one => one.before(one.previousSibling ? "\n" : ""))
    return holder.textContent.replaceAll("\u00a0", " ").trim()
  }
  return holder.innerHTML.replaceAll("&nbsp;", " ")
}
customElements.define("rich-text", RichText)
