// <signature-pad><canvas aria-hidden="true"></canvas><input type="hidden" name="drawn"><button type="button" data-clear>Clear</button></signature-pad>
// Draw with pointer, pen or finger; the drawing goes into the hidden input as a PNG. Who cannot draw types the name in the
// text input beside it, which the server writes as a picture.
class SignaturePad extends HTMLElement {
  connectedCallback() {
    this.canvas = this.querySelector("canvas")
    this.pen = this.canvas.getContext("2d")
    this.pen.lineWidth = 4
    this.pen.lineCap = this.pen.lineJoin = "round"
    this.pen.strokeStyle = "#171a26" // ink on paper that is white in both themes: it is stored this way
    this.canvas.addEventListener("pointerdown", this)
    this.canvas.addEventListener("pointermove", this)
    this.canvas.addEventListener("pointerup", this)
    this.canvas.addEventListener("pointercancel", this)
    this.querySelector("[data-clear]")?.addEventListener("click", this)
  }

  handleEvent(event) {
    if (event.type === "click") return this.clear()
    const { left, top, width, height } = this.canvas.getBoundingClientRect()
    const x = (event.clientX - left) * this.canvas.width / width
    const y = (event.clientY - top) * this.canvas.height / height
    if (event.type === "pointerdown" && event.button === 0) {
      event.preventDefault()
      this.canvas.setPointerCapture(event.pointerId)
      this.isDrawing = true
      this.pen.beginPath()
      this.pen.moveTo(x, y)
      this.pen.lineTo(x, y + 0.1)
      this.pen.stroke()
    } else if (event.type === "pointermove" && this.isDrawing) {
      this.pen.lineTo(x, y)
      this.pen.stroke()
    } else if (this.isDrawing && event.type !== "pointermove") {
      this.isDrawing = false
      this.querySelector("input[type=hidden]").value = this.canvas.toDataURL("image/png")
    }
  }

  clear() {
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height)
    this.querySelector("input[type=hidden]").value = ""
  }
}
customElements.define("signature-pad", SignaturePad)
