// <pass-key data-ask="/…/options" data-make hidden><form method="post" action="…"><input type="hidden" name="answer"><button>…
// Asks the browser for a passkey (or with data-make, to make one) and sends the form with its answer. Shown only where
// the browser knows passkeys.
const bytes = text => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), letter => letter.charCodeAt(0))
const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")
const listed = keys => keys?.map(key => ({ ...key, id: bytes(key.id) }))

function asAsked(options) {
  const found = { ...options, challenge: bytes(options.challenge) }
  if (options.user) found.user = { ...options.user, id: bytes(options.user.id) }
  if (options.excludeCredentials) found.excludeCredentials = listed(options.excludeCredentials)
  if (options.allowCredentials) found.allowCredentials = listed(options.allowCredentials)
  return found
}

function asSent(key) {
  const { response } = key
  const found = { clientDataJSON: text(response.clientDataJSON) }
  if (response.attestationObject) {
    found.attestationObject = text(response.attestationObject)
    found.transports = response.getTransports?.() ?? []
  } else {
    found.authenticatorData = text(response.authenticatorData)
    found.signature = text(response.signature)
    if (response.userHandle) found.userHandle = text(response.userHandle)
  }
  return JSON.stringify({
    id: key.id, rawId: text(key.rawId), type: key.type, response: found,
    authenticatorAttachment: key.authenticatorAttachment, clientExtensionResults: key.getClientExtensionResults(),
  })
}

class PassKey extends HTMLElement {
  connectedCallback() {
    if (!window.PublicKeyCredential) return
    this.hidden = false
    this.addEventListener("submit", this)
  }

  async handleEvent(event) {
    const form = event.target
    if (form.elements.answer.value) return
    event.preventDefault()
    this.say("")
    const made = "make" in this.dataset
    try {
      const answer = await fetch(this.dataset.ask, { method: "POST", headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value, "HX-Request": "true" } })
      const elsewhere = answer.headers.get("HX-Redirect")
      if (elsewhere) return location.assign(elsewhere)
      if (!answer.ok) return this.say(answer.status === 429 ? "Too many attempts. Wait ten minutes." : "The server did not answer. Try again.")
      const publicKey = asAsked(await answer.json())
      const key = await (made ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey }))
      form.elements.answer.value = asSent(key)
      form.requestSubmit()
    } catch (error) {
      this.say(error.name === "InvalidStateError"
        ? "This device holds a passkey of yours already."
        : error.name === "NotAllowedError" ? "Cancelled, or no passkey of yours is on this device." : "The passkey did not work here.")
    }
  }

  say(words) {
    let place = this.querySelector("[role=alert]")
    if (!place) this.append(place = Object.assign(document.createElement("p"), { className: "small bad" }))
    place.setAttribute("role", "alert")
    place.textContent = words
  }
}
customElements.define("pass-key", PassKey)
