/** What each safety rule asks, as `signalctl.rules` titles them: key -> [English, 中文]. */

export const RULES = {
  "rule.wrong-junction": ["The plan belongs to this junction", "方案属于该路口"],
  "rule.split-sums": ["Stage splits sum to the cycle", "各阶段绿信比之和等于周期"],
  "rule.ring-sums": [
    "Rings meet at every barrier, barriers sum to the cycle",
    "各环在每个屏障处相会，各段之和等于周期",
  ],
  "rule.phase-amber": [
    "A phase's amber is that of the groups it serves",
    "相位的黄灯即其所服务灯组的黄灯",
  ],
  "rule.offset-range": [
    "The offset lies within the cycle and refers to a known group",
    "相位差在周期之内且参照已知灯组",
  ],
  "rule.not-expandable": ["The plan cannot be unrolled into a program", "方案无法展开为灯色序列"],
  "rule.conflicting-greens": [
    "Conflicting groups are never green together",
    "冲突灯组不得同时绿灯",
  ],
  "rule.intergreen": [
    "Intergreens between conflicting groups are kept",
    "冲突灯组之间须保持绿灯间隔",
  ],
  "rule.protection": [
    "Protection is gained and lost with the same care as green",
    "取得与失去保护须同绿灯一样谨慎",
  ],
  "rule.intergreen-unknown": [
    "Groups in hard conflict have an intergreen",
    "严格冲突的灯组须有绿灯间隔",
  ],
  "rule.minimum-green": ["No green is shorter than its minimum", "绿灯不得短于最短绿灯"],
  "rule.amber": ["Green ends by amber, neither short nor long", "绿灯以黄灯结束，不短不长"],
  "rule.arrow-amber": [
    "Protected green turns permissive by way of amber",
    "保护绿灯转为许可绿灯须经黄灯",
  ],
  "rule.red-amber": [
    "Red-amber where it is asked, as long as it is asked",
    "要求红黄灯处须有红黄灯，且时长一致",
  ],
  "rule.succession": ["Aspects follow each other in a legal order", "灯色须按合法次序变换"],
  "rule.minimum-walk": ["Pedestrians have time to step off and get going", "行人有时间起步过街"],
  "rule.usual-walk": ["The walk is as long as is usual", "行人绿灯时长合乎惯例"],
  "rule.pedestrian-clearance": [
    "Pedestrians are off the crossing before vehicles start",
    "车辆放行前行人已离开人行横道",
  ],
  "rule.crossing-length": ["The length of every crossing is known", "每条人行横道的长度已知"],
  "rule.group-served": ["Every group is green at least once a cycle", "每个灯组每周期至少绿灯一次"],
  "rule.maximum-red": [
    "Nobody waits for green longer than people will",
    "等候绿灯的时间不超过人的忍耐",
  ],
  "rule.cycle-limits": ["The cycle is one a controller accepts", "周期为信号机可接受的周期"],
  "rule.usual-cycle": ["The cycle is in the usual range", "周期在惯常范围之内"],
  "rule.yellow-trap": [
    "No permissive turn ends while oncoming traffic stays green",
    "对向仍为绿灯时不得结束许可转弯",
  ],
  "rule.unsignalised": ["Groups that flash or are dark are named", "闪光或熄灭的灯组须指明"],
  "rule.common-cycle": [
    "Junctions of a corridor share a cycle or divide it",
    "干线各路口周期相同或成整数分之一",
  ],
} as const;
