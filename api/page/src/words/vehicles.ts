/** Words for simulated vehicles in the time-space diagram: key -> [English, 中文]. */

export const VEHICLES = {
  "ts.layer.vehicles": ["simulated vehicles", "仿真车辆"],
  "ts.key.vehicles": ["simulated vehicles on / off", "仿真车辆 显示/隐藏"],
  "ts.vehicles.drive": ["Simulate", "仿真"],
  "ts.vehicles.renew": ["Simulate anew", "重新仿真"],
  "ts.vehicles.cancel": ["Cancel", "取消"],
  "ts.vehicles.none": [
    "No vehicles have been driven by this plan yet.",
    "该方案尚未进行车辆仿真。",
  ],
  "ts.vehicles.queued": [
    "The simulation waits for the job before it.",
    "仿真排队中，等待前一任务结束。",
  ],
  "ts.vehicles.progress": ["simulating: {done} of {total} s", "仿真中：{done} / {total} 秒"],
  "ts.vehicles.reading": ["reading the vehicles …", "正在读取车辆 …"],
  "ts.vehicles.of": [
    "Vehicles of draft {hash}, {scenario}, seed {seed}: {shown} of {all} shown",
    "草稿 {hash} 的车辆，{scenario}，随机种子 {seed}：显示 {shown} / {all}",
  ],
  "ts.vehicles.old": [
    "The draft has moved on; these vehicles were driven by it as it was (dashed).",
    "草稿已改动；图中车辆（虚线）仍按改动前的方案行驶。",
  ],
  "ts.vehicles.cancelled": [
    "The simulation was cancelled; nothing is kept of it.",
    "仿真已取消，未保留结果。",
  ],
  "ts.vehicles.illegal": [
    "Vehicles are driven by legal drafts only: {junction} breaks {rules}.",
    "仅可对合规草稿进行仿真：{junction} 违反 {rules}。",
  ],
  "ts.vehicles.legend": ["vehicle, thick where it stands", "车辆轨迹，停车处加粗"],
} as const;
