// What a flame graph does in a browser. No "]]>" in it: it stands in a CDATA section.
#pragma once

#include <string_view>

namespace sonda::report {

inline constexpr std::string_view flamegraph_style = R"css(
svg { font: 12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; background: #fff; }
text { fill: #1a1a1a; white-space: pre; }
.title { font: 600 17px system-ui, sans-serif; text-anchor: middle; }
.subtitle, .note { font: 12px system-ui, sans-serif; fill: #555; }
.subtitle { text-anchor: middle; }
.frame { cursor: pointer; }
.frame text { pointer-events: none; }
.frame rect { stroke: #fff; stroke-width: 0.5; }
.frame:hover rect { stroke: #000; stroke-width: 1; }
.frame.caller { opacity: 0.55; }
.frame.match rect { fill: #d63af9; }
.button { cursor: pointer; fill: #1a4fb4; font: 12px system-ui, sans-serif; }
.button:hover { text-decoration: underline; }
.hidden { display: none; }
)css";

inline constexpr std::string_view flamegraph_script = R"js(
(function () {
  'use strict';
  const svg = document.currentScript.ownerSVGElement;
  const one = (name) => svg.querySelector('.' + name);
  const left = +svg.dataset.left, width = +svg.dataset.width, letter = +svg.dataset.letter;
  const frames = Array.from(svg.querySelectorAll('.frame'), (box) => ({
    box, rect: box.querySelector('rect'), text: box.querySelector('text'),
    title: box.querySelector('title').textContent, name: box.dataset.name,
    depth: +box.dataset.depth, start: +box.dataset.start, count: +box.dataset.count,
  }));
  if (frames.length === 0) return;
  const all = frames[0];
  let zoomed = all;

  function clipped(name, room) {
    const letters = Math.floor((room - 6) / letter);
    if (letters < 3) return '';
    return name.length <= letters ? name : name.slice(0, letters - 2) + '..';
  }

  function draw() {
    const scale = width / zoomed.count, end = zoomed.start + zoomed.count;
    for (const frame of frames) {
      const last = frame.start + frame.count;
      const caller = frame.depth < zoomed.depth && frame.start <= zoomed.start && last >= end;
      const inside = frame.depth >= zoomed.depth && frame.start >= zoomed.start && last <= end;
      frame.box.classList.toggle('hidden', !caller && !inside);
      frame.box.classList.toggle('caller', caller);
      if (!caller && !inside) continue;
      const x = caller ? left : left + (frame.start - zoomed.start) * scale;
      const room = caller ? width : frame.count * scale;
      frame.rect.setAttribute('x', x);
      frame.rect.setAttribute('width', room);
      frame.text.setAttribute('x', x + 3);
      frame.text.textContent = clipped(frame.name, room);
    }
    one('reset').classList.toggle('hidden', zoomed === all);
  }

  function zoom(frame) {
    zoomed = frame;
    draw();
  }

  function pattern(words) {
    try {
      return new RegExp(words);
    } catch (error) {
      return new RegExp(words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    }
  }

  // Frames come callers first: what lies in a match already counts once.
  function mark(words) {
    const wanted = words ? pattern(words) : null;
    let matched = 0, counted = 0;
    for (const frame of frames) {
      const matches = wanted !== null && wanted.test(frame.name);
      frame.box.classList.toggle('match', matches);
      if (!matches || frame.start < counted) continue;
      matched += frame.count;
      counted = frame.start + frame.count;
    }
    one('matched').textContent = wanted === null ? '' : 'matched: ' + (100 * matched / all.count).toFixed(2) + ' %';
    one('search').textContent = wanted === null ? 'Search' : 'Clear search';
  }

  let marked = false;
  function search() {
    const words = window.prompt('Search for functions (a regular expression):', '');
    if (words === null) return;
    marked = words !== '';
    mark(words);
  }

  for (const frame of frames) {
    frame.box.addEventListener('click', () => zoom(frame));
    frame.box.addEventListener('mouseenter', () => { one('details').textContent = frame.title; });
    frame.box.addEventListener('mouseleave', () => { one('details').textContent = ' '; });
  }
  one('reset').addEventListener('click', () => zoom(all));
  one('search').addEventListener('click', () => {
    if (!marked) return search();
    marked = false;
    mark('');
  });
  window.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') zoom(all);
    if (event.key !== 'F3' && !((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'f')) return;
    event.preventDefault();
    search();
  });
  draw();
}());
)js";

}  // namespace sonda::report
