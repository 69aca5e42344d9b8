"use strict";
(() => {
  const trace = JSON.parse(document.getElementById("trace").textContent);
  const canvas = document.getElementById("canvas");
  const said = document.getElementById("said");
  const find = document.getElementById("find");
  const found = document.getElementById("found");
  const ROW = 18, LABEL = 16, GAP = 8, STEPS = 18;

  // One lane a thread, as high as its calls are nested.
  const lanes = trace.threads.map((name) => ({ name, depth: 0, calls: [], y: 0 }));
  for (const call of trace.calls) {
    const lane = lanes[call[0]];
    lane.depth = Math.max(lane.depth, call[1] + 1);
    lane.calls.push(call);
  }
  let height = STEPS;
  for (const lane of lanes) {
    lane.y = height + LABEL;
    height = lane.y + lane.depth * ROW + GAP;
  }

  let from = 0, to = Math.max(1, trace.events), needle = "", at = -1, chosen = null, width = 0;

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);
  const x = (event) => ((event - from) / (to - from)) * width;
  const hits = (call) => needle !== "" && trace.names[call[5]].toLowerCase().includes(needle);

  function draw() {
    const scale = window.devicePixelRatio || 1;
    width = canvas.clientWidth;
    canvas.style.height = height + "px";
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    pen.font = "12px ui-monospace, Menlo, Consolas, monospace";
    pen.textBaseline = "middle";
    const ink = colour("--ink"), quiet = colour("--quiet"), rule = colour("--rule");
    const fill = [colour("--in"), colour("--out")], mark = colour("--mark");
    let free = 0;
    pen.strokeStyle = rule;
    for (const [event, text] of trace.steps) {
      const left = x(event);
      if (left < -400 || left > width) continue;
      pen.beginPath(); pen.moveTo(left, 0); pen.lineTo(left, height); pen.stroke();
      if (left >= free) {
        pen.fillStyle = quiet;
        pen.fillText(text, left + 3, STEPS / 2);
        free = left + pen.measureText(text).width + 12;
      }
    }
    for (const lane of lanes) {
      pen.fillStyle = quiet;
      pen.fillText(lane.name, 3, lane.y - LABEL / 2);
      const last = new Array(lane.depth).fill(-1);
      for (const call of lane.calls) {
        if (call[3] < from || call[2] > to) continue;
        const left = x(call[2]), right = Math.max(x(call[3]), left + 1);
        const hit = hits(call);
        if (!hit && call !== chosen && right <= last[call[1]]) continue;
        last[call[1]] = Math.floor(right);
        const top = lane.y + call[1] * ROW;
        pen.fillStyle = hit || call === chosen ? mark : fill[call[4]];
        pen.fillRect(left, top, Math.max(right - left - 0.5, 1), ROW - 2);
        if (right - left > 30) {
          const begin = Math.max(left, 0);
          pen.save();
          pen.beginPath(); pen.rect(begin, top, right - begin - 3, ROW - 2); pen.clip();
          pen.fillStyle = ink;
          pen.fillText(trace.names[call[5]], begin + 3, top + ROW / 2 - 1);
          pen.restore();
        }
      }
    }
  }

  function show(call) {
    const [thread, , , , way, , text, time] = call;
    said.textContent = `${(time / 1e9).toFixed(9)} s  ${trace.threads[thread]}  ${way === 0 ? "into the driver" : "out of the driver"}\n${trace.texts[text]}`;
  }

  function under(event) {
    const box = canvas.getBoundingClientRect();
    const place = from + ((event.clientX - box.left) / width) * (to - from), y = event.clientY - box.top;
    for (const lane of lanes) {
      const depth = Math.floor((y - lane.y) / ROW);
      if (depth < 0 || depth >= lane.depth) continue;
      const slack = ((to - from) / width) * 2;
      return lane.calls.find((call) => call[1] === depth && call[2] <= place + slack && call[3] >= place - slack);
    }
    return undefined;
  }

  function zoom(factor, middle) {
    const centre = middle ?? (from + to) / 2;
    const span = Math.min(Math.max((to - from) * factor, 8), trace.events * 1.1 + 8);
    from = centre - ((centre - from) / (to - from)) * span;
    to = from + span;
    draw();
  }

  function move(events) { from += events; to += events; draw(); }
  function all() { from = 0; to = Math.max(1, trace.events); draw(); }

  function next() {
    const matching = trace.calls.filter(hits);
    if (matching.length === 0) { found.textContent = needle === "" ? "" : "none"; return; }
    at = (at + 1) % matching.length;
    chosen = matching[at];
    found.textContent = `${at + 1} of ${matching.length}`;
    const span = Math.min(to - from, 200);
    from = chosen[2] - span / 2;
    to = from + span;
    show(chosen);
    draw();
  }

  document.getElementById("in").onclick = () => zoom(0.5);
  document.getElementById("out").onclick = () => zoom(2);
  document.getElementById("all").onclick = all;
  document.getElementById("next").onclick = next;
  find.oninput = () => { needle = find.value.trim().toLowerCase(); at = -1; chosen = null; found.textContent = ""; draw(); };
  find.onkeydown = (event) => { if (event.key === "Enter") next(); };

  canvas.onwheel = (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const box = canvas.getBoundingClientRect();
    zoom(event.deltaY > 0 ? 1.25 : 0.8, from + ((event.clientX - box.left) / width) * (to - from));
  };
  canvas.ondblclick = (event) => {
    const box = canvas.getBoundingClientRect();
    zoom(0.4, from + ((event.clientX - box.left) / width) * (to - from));
  };
  let held = null;
  canvas.onpointerdown = (event) => { held = event.clientX; canvas.setPointerCapture(event.pointerId); };
  canvas.onpointerup = canvas.onpointercancel = () => { held = null; };
  canvas.onpointermove = (event) => {
    if (held !== null) {
      move(((held - event.clientX) / width) * (to - from));
      held = event.clientX;
      return;
    }
    const call = under(event);
    if (call) show(call);
  };
  canvas.onclick = (event) => { const call = under(event); if (call) { chosen = call; show(call); draw(); } };
  canvas.onkeydown = (event) => {
    const step = (to - from) / 8;
    const keys = {
      "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), "0": all,
      ArrowLeft: () => move(-step), ArrowRight: () => move(step),
    };
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  };
  window.addEventListener("resize", draw);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  draw();
})();
