"""The rules and the script of the page on which the map can be browsed."""

from __future__ import annotations

STYLE = """
.page { padding-bottom: 1rem }
h1 { margin-top: 0 }
.board { display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr) }
#map { height: min(70vh, 100vw * var(--shape) + 3rem); min-height: 18rem;
  border: 1px solid var(--line) }
#side > * { margin: 0 0 1rem } #side h2 { font-size: 1rem; margin: 0 0 .3rem }
fieldset { border: 1px solid var(--line); border-radius: .4rem; padding: .3rem .8rem .6rem }
fieldset label { display: flex; gap: .5rem; align-items: center; min-height: 1.75rem }
input { accent-color: var(--link) } input[type=range] { width: 100%; margin: .3rem 0 }
button { font: inherit; min-width: 2.5rem; min-height: 2.25rem; color: var(--ink);
  background: var(--wash); border: 1px solid var(--edge); border-radius: .4rem }
.buttons { display: flex; flex-wrap: wrap; gap: .4rem } #about { max-width: 60rem }
.key { list-style: none; margin: 0; padding: 0; max-width: none }
.key li { display: flex; align-items: baseline; gap: .5rem; padding: .1rem 0 }
.key i { flex: none; width: .9rem; height: .9rem; border: 1px solid var(--edge);
  align-self: center } .key .void { background: var(--void) }
.key .name { flex: 1 } .key .share { color: var(--soft); white-space: nowrap }
.scale { height: .75rem; border: 1px solid var(--edge); margin: .2rem 0 }
.ends { display: flex; justify-content: space-between; color: var(--soft) }
.told th { min-width: 0; padding-left: 0; color: var(--soft); white-space: nowrap }
@media (min-width: 62rem) and (min-height: 30rem) {
  .page { display: flex; flex-direction: column; height: 100vh; height: 100dvh; max-width: none }
  .board { flex: 1; min-height: 0; grid-template-columns: minmax(0, 1fr) 19rem }
  #map { height: auto; min-height: 0 } #side { overflow-y: auto; padding: .3rem }
}
"""
"""Rules of the page of the map, after those that all pages share."""

SCRIPT = """
const by = (id) => document.getElementById(id)
const frame = by("map"), [x, y] = [plot.x_range, plot.y_range]

const paint = () => {
  const style = getComputedStyle(document.documentElement)
  const color = (name) => style.getPropertyValue("--" + name).trim()
  plot.background_fill_color = color("void")
  plot.border_fill_color = color("paper")
  plot.outline_line_color = color("edge")
  for (const axis of axes) {
    axis.axis_label_text_color = axis.major_label_text_color = color("ink")
    axis.axis_line_color = axis.major_tick_line_color = axis.minor_tick_line_color = color("edge")
  }
}
paint()
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint)

// A pixel of the screen is as high on the ground as it is wide, whatever the screen's shape.
let size = [0, 0], fitted = [NaN, NaN]
const middle = () => [(x.start + x.end) / 2, (y.start + y.end) / 2]
const units = () => (x.end - x.start) / size[0]
const show = ([east, north], unit) => {
  const wide = unit * size[0] / 2, high = unit / stretch * size[1] / 2
  x.setv({start: east - wide, end: east + wide})
  y.setv({start: north - high, end: north + high})
}
const fit = () => {
  show([west + width / 2, south + height / 2],
       1.03 * Math.max(width / size[0], height * stretch / size[1]))
  fitted = [x.start, x.end]
}
const resized = () => {
  const now = [plot.inner_width, plot.inner_height]
  if (!now[0] || !now[1] || (now[0] == size[0] && now[1] == size[1])) return
  const first = !size[0], whole = x.start == fitted[0] && x.end == fitted[1]
  const [at, unit] = [middle(), units()]
  size = now
  if (first || whole) fit()
  else show(at, unit)
  frame.dataset.fitted = size.join(" ")
}
new ResizeObserver(() => {
  for (const wait of [0, 50, 250]) setTimeout(() => requestAnimationFrame(resized), wait)
}).observe(frame)

const zoom = (factor) => show(middle(), units() * factor)
by("in").onclick = () => zoom(1 / 1.5)
by("out").onclick = () => zoom(1.5)
by("whole").onclick = fit
const move = (right, up) => {
  const [east, north] = middle()
  show([east + right * (x.end - x.start), north + up * (y.end - y.start)], units())
}
const keys = {
  ArrowLeft: () => move(-0.1, 0), ArrowRight: () => move(0.1, 0),
  ArrowUp: () => move(0, 0.1), ArrowDown: () => move(0, -0.1),
  "+": () => zoom(1 / 1.5), "=": () => zoom(1 / 1.5), "-": () => zoom(1.5), "0": fit,
  Enter: () => frame.tell(...middle()),
}
frame.addEventListener("keydown", (event) => {
  if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return
  event.preventDefault()
  keys[event.key]()
})

// One layer is seen at a time, and the map over it as far as wanted. The map is never switched off
// but made clear, since it is what a pointer asks.
const over = by("over"), laid = by("laid")
const chosen = () => document.querySelector("input[name=layer]:checked").value
const choose = () => {
  const layer = chosen(), below = layer != "landcover"
  for (const [name, renderers] of Object.entries(others))
    for (const renderer of renderers) renderer.visible = name == layer
  landcover.glyph.global_alpha = below ? over.value / 100 : 1
  laid.hidden = !below
  by("percent").textContent = over.value + " %"
}
for (const input of document.querySelectorAll("input[name=layer]")) input.onchange = choose
over.oninput = choose
choose()

// Where a click fell, and what all layers hold there.
frame.tell = (east, north) => {
  const col = Math.floor((east - west) / width * columns)
  const row = Math.floor((north - south) / height * rows)
  if (col < 0 || row < 0 || col >= columns || row >= rows) return
  const at = (name) => source.data[name][0][row * columns + col]
  const lines = [["class", names[at("landcover")]]]
  if (confident) {
    const share = at("confidence")
    lines.push(["confidence", share == 255 ? "no data" : share + " %"])
  }
  if (compared) {
    const known = at("reference")
    lines.push(["reference", known == 255 ? "none" : names[known]])
  }
  lines.push([places[0], east.toFixed(digits)], [places[1], north.toFixed(digits)])
  by("told").innerHTML = "<table class='told'><tbody>" + lines.map(
    ([what, value]) => `<tr><th scope='row'>${what}</th><td>${value}</td></tr>`
  ).join("") + "</tbody></table>"
  mark.data = {x: [east], y: [north]}
}
"""
"""What ties the page to Bokeh's models, once these are there: theme, size, keys, layers.

Rows of the arrays count from the south. ``frame.tell`` is for clicks, which Bokeh hears.
"""
