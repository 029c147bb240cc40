/** Words for everything a hand may take hold of in a plan: key -> [English, 中文]. */

export const HANDLES = {
  "ts.handle.phase": ["phases {a} | {b}", "相位 {a} | {b}"],
  "ts.handle.barrier": ["barrier {a} | {b}", "屏障 {a} | {b}"],
  "ts.handle.start": ["green start {a} {b}", "绿灯起点 {a} {b}"],
  "ts.handle.end": ["green end {a} {b}", "绿灯终点 {a} {b}"],
  "ts.handle.downstream": ["offset, with all after it", "相位差，连同其后各路口"],
  "ts.handle.all": ["offset, with the whole corridor", "相位差，连同整条干线"],
  "ts.undo.phase": [
    "{junction} phase {a} {was} → {now} s, phase {b} the rest",
    "{junction} 相位 {a} {was} → {now} 秒，余量归相位 {b}",
  ],
  "ts.undo.barrier": [
    "{junction} section {a} {was} → {now} s, section {b} the rest",
    "{junction} 第 {a} 段 {was} → {now} 秒，余量归第 {b} 段",
  ],
  "ts.undo.start": [
    "{junction} green of {a} starts at {was} → {now}",
    "{junction} {a} 绿灯起点 {was} → {now}",
  ],
  "ts.undo.end": [
    "{junction} green of {a} ends at {was} → {now}",
    "{junction} {a} 绿灯终点 {was} → {now}",
  ],
  "ts.undo.downstream": [
    "{junction} and all after it: offset {was} → {now}",
    "{junction} 及其后各路口相位差 {was} → {now}",
  ],
  "ts.undo.all": [
    "whole corridor moved with {junction}: offset {was} → {now}",
    "整条干线随 {junction} 移动：相位差 {was} → {now}",
  ],
  "ts.value.phase": [
    "{junction} phase {a} {now} seconds, phase {b} {rest} seconds",
    "{junction} 相位 {a} {now} 秒，相位 {b} {rest} 秒",
  ],
  "ts.value.barrier": [
    "{junction} barrier after section {a}, which lasts {now} seconds",
    "{junction} 第 {a} 段末的屏障，该段 {now} 秒",
  ],
  "ts.value.start": [
    "{junction} green of {a} starts at second {now} of {cycle}",
    "{junction} {a} 绿灯始于第 {now} 秒，周期 {cycle} 秒",
  ],
  "ts.value.end": [
    "{junction} green of {a} ends at second {now} of {cycle}",
    "{junction} {a} 绿灯止于第 {now} 秒，周期 {cycle} 秒",
  ],
  "ts.edge": ["{junction}: {handle} goes no further.", "{junction}：{handle} 已到尽头。"],
  "ts.edge.phase": [
    "{junction}: phases {a} and {b} share {sum} s, and each keeps at least 1 s.",
    "{junction}：相位 {a} 与 {b} 合计 {sum} 秒，各自至少保留 1 秒。",
  ],
  "ts.linked": ["{junction}: {handle}", "{junction}：{handle}"],
  "ts.compare": ["compare with", "对比"],
  "ts.compare.none": ["nothing", "无"],
  "ts.compare.save": ["save {n} of this plan", "本方案第 {n} 次保存"],
  "ts.compare.first": [
    "Compare with a plan first (c); its value is then taken.",
    "请先选择对比方案（c），再取其数值。",
  ],
  "ts.key.link": ["move with all after it / whole corridor", "连同其后路口 / 整条干线移动"],
} as const;
