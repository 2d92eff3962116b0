// What the page of an explanation does: it links lines, instructions and stack slots. Without it all is there to read.
#pragma once

#include <string_view>

namespace sonda::report {

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
