// Import lines end in semicolons: the storage that hashes names looks for them.
// The entry: our elements, what htmx is told, and the few behaviours plain markup asks for by attribute.
import "./elements/command-palette.js";
import "./elements/combo-box.js";
import "./elements/copy-button.js";
import "./elements/count-of.js";
import "./elements/data-table.js";
import "./elements/deal-board.js";
import "./elements/deal-drawer.js";
import "./elements/entry-drawer.js";
import "./elements/drag-list.js";
import "./elements/drop-menu.js";
import "./elements/field-list.js";
import "./elements/field-picker.js";
import "./elements/file-drop.js";
import "./elements/import-map.js";
import "./elements/inline-edit.js";
import "./elements/list-view.js";
import "./elements/merge-review.js";
import "./elements/message-composer.js";
import "./elements/meter-bar.js";
import "./elements/modal-dialog.js";
import "./elements/nav-fold.js";
import "./elements/notification-bell.js";
import "./elements/own-zone.js";
import "./elements/pass-key.js";
import "./elements/password-rules.js";
import "./elements/progress-poll.js";
import "./elements/record-columns.js";
import "./elements/repeat-rows.js";
import "./elements/rich-text.js";
import "./elements/shortcut-keys.js";
import "./elements/signature-pad.js";
import "./elements/theme-switch.js";
import "./elements/time-ago.js";
import "./elements/toast-stack.js";
import "./elements/upload-list.js";
import { csrfToken, make } from "./page.js";
import { toast } from "./elements/toast-stack.js";

document.addEventListener("htmx:configRequest", event => {
  event.detail.headers["X-CSRFToken"] = csrfToken()
})

// A failure nobody on the page answers for becomes a toast that can send the same request again.
function offerRetry(event, words) {
  if (event.defaultPrevented || event.target.closest?.("inline-edit, progress-poll, [data-quiet]")) return
  const { elt, requestConfig } = event.detail
  toast(words, {
    level: "bad",
    retry: () => (document.contains(elt)
      ? window.htmx.ajax(requestConfig.verb, requestConfig.path, { source: elt, target: requestConfig.target })
      : location.reload()),
  })
}

document.addEventListener("htmx:sendError", event => offerRetry(event, "The connection dropped. Nothing was saved."))
document.addEventListener("htmx:timeout", event => offerRetry(event, "The server took too long to answer."))
document.addEventListener("htmx:responseError", event => {
  const { xhr } = event.detail
  if (xhr.status === 401) return location.reload()
  const said = xhr.getResponseHeader("Content-Type")?.startsWith("text/plain") ? xhr.responseText.slice(0, 300) : ""
  const words = {
    403: "You do not have the permission for this.",
    404: "This is no longer here.",
    409: "Somebody changed this in the meantime. Reload the page to see it.",
    413: "This is too large.",
    429: "Too many requests at once. Wait a moment and try again.",
  }
  offerRetry(event, said || words[xhr.status] || "Something broke on our side. Nothing was half saved.")
})

// hx-confirm asks in our own dialog.
document.addEventListener("htmx:confirm", event => {
  if (!event.detail.question) return
  event.preventDefault()
  const yes = make("button", { class: "button button--danger", value: "yes" }, event.detail.elt.dataset.confirm || "Yes, go on")
  const dialog = make("dialog", { class: "dialog", "aria-label": "Please confirm" }, make("form", { method: "dialog" },
    make("div", { class: "dialog__head" }, make("h2", {}, event.detail.question)), make("div", { class: "dialog__body" }),
    make("div", { class: "dialog__foot" }, make("button", { class: "button", value: "no", autofocus: true }, "Cancel"), yes)))
  dialog.addEventListener("close", () => {
    dialog.remove()
    if (dialog.returnValue === "yes") event.detail.issueRequest(true)
  })
  document.body.append(dialog)
  dialog.showModal()
})

// <select data-submit> sends its form when it changes.
document.addEventListener("change", event => {
  if (event.target.matches?.("[data-submit]")) event.target.form?.requestSubmit()
})

document.addEventListener("click", event => {
  const blocked = event.target.closest?.("[aria-disabled='true']")
  if (!blocked) return
  event.preventDefault()
  event.stopImmediatePropagation()
}, true)

// A plain form cannot be sent twice while the answer is on its way.
document.addEventListener("submit", event => {
  const { submitter } = event
  if (event.defaultPrevented || event.target.matches("[hx-post], [hx-get], [method=dialog]") || !submitter?.matches(".button")) return
  submitter.setAttribute("data-busy", "")
  setTimeout(() => submitter.removeAttribute("data-busy"), 8000)
})
addEventListener("pageshow", event => event.persisted && document.querySelectorAll("[data-busy]").forEach(button => button.removeAttribute("data-busy")))

function settle(root) {
  root.querySelector?.("[data-focus]")?.focus()
  if (/Mac|iPhone|iPad/.test(navigator.platform)) {
    root.querySelectorAll?.("[data-mod]").forEach(key => { key.textContent = key.dataset.mod.replace("Ctrl", "⌘") })
  }
}
settle(document)
// Where a strip of places is wider than the screen, the present one is in sight.
for (const place of document.querySelectorAll(".settings__side [aria-current], .page-head > .segments [aria-current]")) {
  place.scrollIntoView({ block: "nearest", inline: "nearest" })
}
document.addEventListener("htmx:load", event => settle(event.detail.elt))
