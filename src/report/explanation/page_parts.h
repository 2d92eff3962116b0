// How the page of an explanation looks, and what it does. Nothing in it is fetched from anywhere.
#pragma once

#include <string_view>

namespace sonda::report {

inline constexpr std::string_view page_style = R"css(
:root { color-scheme: light dark; --size: 15px;
  --back: #fbfbfa; --pane: #fff; --text: #1c1e21; --soft: #5c636b; --rule: #dcdfe3; --mark: #fff6d6; --pin: #ffecad;
  --accent: #1a56b0; --good: #1d6f37; --bad: #b3261e; --bad-back: #fdecea; --reg: #7a3e00; --native: #4b5560;
  --box: #bfdbf7; --guess: #f7e2b5; --spill: #dcdfe3; --unknown: #eceff1; }
@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) {
  --back: #16181b; --pane: #1d2024; --text: #e6e8eb; --soft: #9aa3ad; --rule: #343a41; --mark: #2b2a21; --pin: #3b3820;
  --accent: #8ab4f8; --good: #7ccf94; --bad: #ff8a80; --bad-back: #3a2120; --reg: #f0b070; --native: #aab4bf;
  --box: #274b70; --guess: #5d4a1e; --spill: #3b4148; --unknown: #2a2f35; } }
:root[data-theme=dark] { color-scheme: dark;
  --back: #16181b; --pane: #1d2024; --text: #e6e8eb; --soft: #9aa3ad; --rule: #343a41; --mark: #2b2a21; --pin: #3b3820;
  --accent: #8ab4f8; --good: #7ccf94; --bad: #ff8a80; --bad-back: #3a2120; --reg: #f0b070; --native: #aab4bf;
  --box: #274b70; --guess: #5d4a1e; --spill: #3b4148; --unknown: #2a2f35; }
:root[data-theme=light] { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: var(--size)/1.45 system-ui, sans-serif; }
code, .mono { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .92em; }
.mono code { font-size: 1em; }
a { color: var(--accent); }
header.top { padding: .7em 1.2em .5em; border-bottom: 1px solid var(--rule); background: var(--pane); }
h1 { font-size: 1.35em; margin: 0 1em 0 0; display: inline-block; overflow-wrap: anywhere; }
header.top p { display: inline-block; margin: 0; color: var(--soft); }
.tools { float: right; }
button { font: inherit; font-size: .88em; color: var(--text); background: var(--back); border: 1px solid var(--rule);
  border-radius: 5px; padding: .2em .6em; margin-left: .3em; cursor: pointer; }
button[aria-pressed=true] { background: var(--accent); color: var(--pane); border-color: var(--accent); }
nav { clear: both; padding-top: .5em; display: flex; flex-wrap: wrap; gap: .35em; }
nav a { padding: .2em .7em; border: 1px solid var(--rule); border-radius: 5px; text-decoration: none;
  overflow-wrap: anywhere; }
nav a[aria-current=true] { background: var(--accent); color: var(--pane); border-color: var(--accent); }
nav a.refused::before { content: "\2717\00a0"; color: var(--bad); }
nav a.refused[aria-current=true]::before { color: inherit; }
main { padding: 0 1.2em 2em; }
h2 { font-size: 1.2em; margin: .8em 0 .2em; overflow-wrap: anywhere; }
h3 { font-size: 1.05em; margin: 1.4em 0 .4em; }
.kind { color: var(--soft); font-weight: normal; }
.verdict { font-size: .8em; border-radius: 4px; padding: .1em .5em; color: var(--pane); background: var(--good); }
.verdict.bad { background: var(--bad); }
.figures { color: var(--soft); margin: .1em 0; }
.why { color: var(--reg); margin: .2em 0; }
.refusal { border-left: 4px solid var(--bad); background: var(--bad-back); padding: .6em 1em; margin: .6em 0; }
.refusal pre { margin: .3em 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.refusal ol { margin: .4em 0; padding-left: 1.5em; }
.refusal li { cursor: pointer; margin: .25em 0; }
.refusal .twocol > div { flex: 1 1 30em; min-width: 0; overflow-wrap: anywhere; }
.change { margin: .3em 0; }
.change > div { display: flex; } .change .n { flex: none; width: 3em; padding-right: .8em; text-align: right;
  color: var(--soft); }
.change code { white-space: pre-wrap; } .change .added { color: var(--good); font-weight: 600; }
.change .gone { color: var(--bad); }
.panes { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 8fr); gap: 1em; margin-top: .6em; }
.pane { max-height: max(24em, calc(100vh - 12.5em)); overflow: auto; background: var(--pane); border: 1px solid var(--rule); border-radius: 6px; scroll-padding: 5em; }
.pane:focus-visible, button:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.src { display: flex; min-width: max-content; background: var(--pane); border-left: 5px solid transparent; }
.src .n, .group h4 .n { flex: none; width: 3.2em; padding-right: .8em; text-align: right; color: var(--soft);
  user-select: none; }
.src code, .group h4 code { white-space: pre; }
.src.has { cursor: pointer; border-left-color: hsl(var(--hue) 55% 55%); }
.src.other code { opacity: .55; }
.src.dead { border-left-style: dashed; border-left-color: var(--bad); }
.src .count { position: sticky; right: 0; margin-left: auto; padding: 0 .8em; color: var(--soft); background: inherit;
  font-size: .8em; line-height: 1.8; user-select: none; }
.group { border-left: 5px solid hsl(var(--hue) 55% 55%); border-bottom: 1px solid var(--rule); }
.group.noline { border-left-color: var(--rule); }
.group h4 { display: flex; margin: 0; padding: .25em 0 .1em; font-weight: 600; cursor: pointer; font-size: 1em;
  overflow: hidden; }
.insn { display: grid; grid-template-columns: 3.2em minmax(25.5ch, 5fr) minmax(0, 6fr) minmax(0, 6fr); gap: 0 .8em;
  padding: .06em .6em .06em 0; }
.insn > * { min-width: 0; overflow-wrap: anywhere; }
.insn .i { text-align: right; color: var(--soft); user-select: none; }
.insn .nat { color: var(--native); }
.insn .nat div { display: flex; }
.insn .nat .at { flex: none; color: var(--soft); opacity: .75; min-width: 3.2em; user-select: none; }
.insn .nat .it { min-width: 0; overflow-wrap: anywhere; }
.insn .note { color: var(--soft); }
.call, .map { color: var(--good); }
.reg { color: var(--reg); }
.reg b { font-weight: 600; }
.fate { display: inline-block; color: var(--bad); font-size: .88em; }
.insn.dead .bpf { text-decoration: line-through; opacity: .7; } .insn.unwalked .bpf { opacity: .6; }
.insn.failed { background: var(--bad-back); outline: 1px solid var(--bad); }
.hot, .src.hot { background: var(--mark); }
.pinned, .src.pinned { background: var(--pin); }
.insn.target { box-shadow: inset 0 0 0 2px var(--accent); }
.no-native .nat, .no-registers .regs { display: none; }
.no-native .insn { grid-template-columns: 3.2em minmax(25.5ch, 5fr) minmax(0, 8fr); }
.no-registers .insn { grid-template-columns: 3.2em minmax(25.5ch, 6fr) minmax(0, 7fr); }
.no-native.no-registers .insn, .no-native .no-registers .insn, .no-registers .no-native .insn {
  grid-template-columns: 3.2em 1fr; }
body.words .raw { display: none; }
body:not(.words) .plain { display: none; }
.twocol { display: flex; flex-wrap: wrap; gap: .4em 2.5em; align-items: flex-start; }
.wide { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .2em .9em .2em 0; border-bottom: 1px solid var(--rule); }
td:first-child { white-space: nowrap; } .helpers td:first-child { white-space: normal; }
th { color: var(--soft); font-weight: 600; font-size: .88em; }
svg text { font: 12.5px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: var(--text); }
svg text.note, svg text.edge, svg text.offset, svg text.label { fill: var(--soft); font-size: 11.5px; }
svg text.label { paint-order: stroke; stroke: var(--back); stroke-width: 5px; }
svg rect { stroke: var(--soft); stroke-width: .8; }
.slot { cursor: pointer; }
.slot.guess rect { fill: var(--guess); stroke-dasharray: 5 3; }
.slot.spill rect { fill: var(--spill); } .slot.unknown rect { fill: var(--unknown); stroke-dasharray: 2 3; }
.slot.hot rect, .slot:hover rect { stroke: var(--accent); stroke-width: 2.5; }
svg rect.gap { fill: none; stroke: var(--rule); stroke-dasharray: 2 4; }
svg rect.gauge { fill: var(--unknown); stroke: none; } svg rect.used { fill: var(--accent); stroke: none; }
.box rect { fill: var(--box); } .box.none rect { fill: none; stroke-dasharray: 4 3; }
svg path.edge { fill: none; stroke: var(--accent); stroke-width: 1.6; } svg path.head { fill: var(--accent); }
.legend { color: var(--soft); font-size: .88em; }
.swatch { display: inline-block; width: 1em; height: 1em; vertical-align: -.15em; border: 1px solid var(--soft);
  margin: 0 .3em 0 .9em; }
footer { padding: 1em 1.2em; color: var(--soft); border-top: 1px solid var(--rule); font-size: .88em; }
kbd { border: 1px solid var(--rule); border-radius: 3px; padding: 0 .35em; font: inherit; }
body.js section.function:not(.shown) { display: none; }
@media (max-width: 900px) { .panes { grid-template-columns: minmax(0, 1fr); }
  .pane { max-height: 70vh; } .tools { float: none; margin: .4em 0; }
  .insn { grid-template-columns: 3.2em minmax(0, 1fr); } .insn .regs, .insn .nat { grid-column: 2; }
  body .insn { grid-template-columns: 3.2em minmax(0, 1fr) !important; } }
@media print { :root { --size: 10px; } .tools, nav, footer { display: none; }
  body.js section.function:not(.shown) { display: block; }
  .panes { display: block; } .pane { max-height: none; overflow: visible; border: 0; margin-bottom: 1em; }
  .group, .slot { break-inside: avoid; } section.function { break-before: page; }
  section.function:first-of-type { break-before: auto; } .src { min-width: 0; } .src code { white-space: pre-wrap; } }
)css";

/// Links lines, instructions and stack slots; without it all is there to read.
inline constexpr std::string_view page_script = R"js(
(function () {
  'use strict';
  const body = document.body, all = (where, what) => Array.from(where.querySelectorAll(what));
  const functions = all(document, 'section.function');
  body.classList.add('js');
  let shown = null, pinned = null;

  function parts(section, line) { return all(section, '[data-line="' + line + '"]'); }
  function slots(section, numbers) {
    return all(section, '.slot').filter((slot) => slot.dataset.instructions.split(' ').some((n) => numbers.has(n)));
  }
  function numbers_of(section, line) {
    const groups = parts(section, line).filter((part) => part.classList.contains('group'));
    return new Set(groups.flatMap((group) => all(group, '.insn').map((one) => one.dataset.index)));
  }
  function clear(name) { for (const part of all(document, '.' + name)) part.classList.remove(name); }
  function heat(section, line) {
    clear('hot');
    if (line === null) return;
    for (const part of parts(section, line)) part.classList.add('hot');
    for (const slot of slots(section, numbers_of(section, line))) slot.classList.add('hot');
  }
  // Within its pane: the page itself stays where the reader has it.
  function bring(part, to_top) {
    const pane = part ? part.closest('.pane') : null;
    if (!pane) return;
    const view = pane.getBoundingClientRect(), place = part.getBoundingClientRect();
    if (to_top) pane.scrollTop += place.top - view.top - 60;
    else if (place.top < view.top || place.height > view.height) pane.scrollTop += place.top - view.top - 4;
    else if (place.bottom > view.bottom) pane.scrollTop += place.bottom - view.bottom + 4;
  }
  function pin(section, line, except) {
    clear('pinned');
    pinned = line;
    if (line === null) return;
    const found = parts(section, line);
    for (const part of found) part.classList.add('pinned');
    for (const kind of ['src', 'group'])
      if (kind !== except) bring(found.find((part) => part.classList.contains(kind)));
  }
  function show(section) {
    if (!section) return;
    for (const other of functions) other.classList.toggle('shown', other === section);
    for (const link of all(document, 'nav a'))
      link.setAttribute('aria-current', String(link.hash === '#' + section.id));
    shown = section;
    pin(section, null);
    clear('hot');
    const first = section.querySelector('.refusal') ? section.querySelector('.insn.failed') : null;
    const line = first ? first.closest('.group') : section.querySelector('.group:not(.noline)');
    if (!line) return;
    pin(section, line.dataset.line);
    // Below the way to a refusal there is not much room.
    if (first) for (const part of parts(section, line.dataset.line)) bring(part, true);
  }
  function by_hash() {
    const wanted = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const section = wanted ? wanted.closest('section.function') : null;
    if (section !== shown || !shown) show(section || functions.find((one) => one.querySelector('.refusal')) || functions[0]);
    if (wanted && wanted.classList.contains('insn')) {
      clear('target');
      wanted.classList.add('target');
      pin(section, wanted.closest('.group').dataset.line, 'group');
      bring(wanted);
    }
  }

  for (const section of functions) {
    section.addEventListener('mouseover', (event) => {
      const slot = event.target.closest('.slot');
      const part = event.target.closest('[data-line]');
      if (slot) {
        clear('hot');
        const wanted = new Set(slot.dataset.instructions.split(' '));
        for (const one of all(section, '.insn')) one.classList.toggle('hot', wanted.has(one.dataset.index));
        slot.classList.add('hot');
      } else {
        heat(section, part ? part.dataset.line : null);
      }
    });
    section.addEventListener('mouseleave', () => clear('hot'));
    section.addEventListener('click', (event) => {
      if (event.target.closest('a')) return;
      const slot = event.target.closest('.slot');
      if (slot) {
        const first = slot.dataset.instructions.split(' ')[0];
        bring(all(section, '.insn').find((one) => one.dataset.index === first));
        return;
      }
      const part = event.target.closest('[data-line]');
      if (!part || part.dataset.line === '0') return;
      const kind = part.classList.contains('src') ? 'src' : part.classList.contains('group') ? 'group' : '';
      pin(section, part.dataset.line === pinned && kind ? null : part.dataset.line, kind);
    });
  }

  function move(step) {
    const lines = all(shown, '.src.has');
    if (lines.length === 0) return;
    const at = lines.findIndex((line) => line.dataset.line === pinned);
    const next = at < 0 ? (step > 0 ? 0 : lines.length - 1) : Math.max(0, Math.min(lines.length - 1, at + step));
    pin(shown, lines[next].dataset.line);
  }
  function change(step) {
    const at = functions.indexOf(shown) + step;
    if (at >= 0 && at < functions.length) location.hash = functions[at].id;
  }
  function toggle(name, pressed_without) {
    const on = body.classList.toggle(name);
    for (const button of all(document, '[data-toggle="' + name + '"]'))
      button.setAttribute('aria-pressed', String(pressed_without ? !on : on));
  }
  function grow(step) {
    const now = parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--size'));
    document.documentElement.style.setProperty('--size', Math.max(9, Math.min(32, now + step)) + 'px');
  }
  function theme() {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
  }
  const actions = {
    j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
    n: () => change(1), p: () => change(-1), Escape: () => { pin(shown, null); clear('target'); },
    '+': () => grow(1), '=': () => grow(1), '-': () => grow(-1), t: theme, w: () => toggle('words'),
    a: () => toggle('no-native', true), r: () => toggle('no-registers', true),
  };
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = actions[event.key];
    if (!action || !shown) return;
    event.preventDefault();
    action();
  });
  for (const button of all(document, 'button[data-key]'))
    button.addEventListener('click', () => actions[button.dataset.key]());
  window.addEventListener('hashchange', by_hash);
  if (functions.length !== 0) by_hash();
}());
)js";

}  // namespace sonda::report
