// Free time on an axis is dragged over with a mouse or a pen, and walked over with the arrow keys; what was asked for is
// in sight.
// With two taps, with Enter, and without this script, the links of the axis do all of it.
"use strict"
let first = null

const step = target => target.closest?.(".picks a") ?? null
const between = last => {
  const steps = [...first.parentElement.children]
  const [from, to] = [steps.indexOf(first), steps.indexOf(last)].sort((a, b) => a - b)
  return from < 0 ? [] : steps.slice(from, to + 1)
}
const mark = steps => {
  for (const one of document.querySelectorAll(".picks .dragged")) one.classList.remove("dragged")
  for (const one of steps) one.classList.add("dragged")
}

addEventListener("dragstart", event => step(event.target) && event.preventDefault())
addEventListener("pointerdown", event => {
  first = event.pointerType === "touch" || event.button ? null : step(event.target)
})
addEventListener("pointerover", event => first && mark(between(step(event.target))))
addEventListener("pointerup", event => {
  const last = first && step(event.target)
  const steps = last && last !== first ? between(last) : []
  if (steps.length) {
    const asked = new URLSearchParams({ starts: steps[0].dataset.from, ends: steps.at(-1).dataset.to })
    location.assign(`${first.parentElement.dataset.url}&${asked}`)
  } else if (first) mark([])
  first = null
})
addEventListener("keydown", event => {
  const to = { ArrowLeft: "previousElementSibling", ArrowRight: "nextElementSibling" }[event.key]
  const next = to && step(event.target)?.[to]
  if (!next) return
  event.preventDefault()
  next.focus()
})
addEventListener("htmx:load", () => {
  const one = document.querySelector(".picks .picked"), box = one?.closest(".wide")
  const at = one && one.getBoundingClientRect().left - box.getBoundingClientRect().left
  if (at > box?.clientWidth) box.scrollLeft += at - box.clientWidth / 2
})
