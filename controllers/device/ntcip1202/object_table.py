"""The objects of NTCIP 1202 and 1201 that signalctl speaks, one a line.

This is the only place where they are named: agent, manager and documentation read it.
Columns: arc (A = 1206.4.2.1, G = 1206.4.2.6), name, access, class (P parameter,
P2 parameter that needs a transaction, C control, S status), syntax with its range
(length for octets), unit (ds = tenths of a second), index, enumeration.

Sources: NTCIP 1202 v02 and 1201 v04 by object name. Objects that only v03 has carry the
mark ' after their index; they are named for readers and not served. The class of
an object is 1202 Annex A's where it is known and else inferred from the verification
messages of Annex B (phase structure, sequences, overlaps and preempt lists are P2).
"""

from __future__ import annotations

from typing import Final

TABLE: Final = """
A.1.1      maxPhases                       ro S  int:0..255     -     -
A.1.2.1.1  phaseNumber                     ro S  int:1..255     -     phase
A.1.2.1.2  phaseWalk                       rw P  int:0..255     s     phase
A.1.2.1.3  phasePedestrianClear            rw P  int:0..255     s     phase
A.1.2.1.4  phaseMinimumGreen               rw P  int:0..255     s     phase
A.1.2.1.5  phasePassage                    rw P  int:0..255     ds    phase
A.1.2.1.6  phaseMaximum1                   rw P  int:0..255     s     phase
A.1.2.1.7  phaseMaximum2                   rw P  int:0..255     s     phase
A.1.2.1.8  phaseYellowChange               rw P  int:0..255     ds    phase
A.1.2.1.9  phaseRedClear                   rw P  int:0..255     ds    phase
A.1.2.1.10 phaseRedRevert                  rw P  int:0..255     ds    phase
A.1.2.1.11 phaseAddedInitial               rw P  int:0..255     ds    phase
A.1.2.1.12 phaseMaximumInitial             rw P  int:0..255     s     phase
A.1.2.1.13 phaseTimeBeforeReduction        rw P  int:0..255     s     phase
A.1.2.1.14 phaseCarsBeforeReduction        rw P  int:0..255     -     phase
A.1.2.1.15 phaseTimeToReduce               rw P  int:0..255     s     phase
A.1.2.1.16 phaseReduceBy                   rw P  int:0..255     ds    phase
A.1.2.1.17 phaseMinimumGap                 rw P  int:0..255     ds    phase
A.1.2.1.18 phaseDynamicMaxLimit            rw P  int:0..255     s     phase
A.1.2.1.19 phaseDynamicMaxStep             rw P  int:0..255     ds    phase
A.1.2.1.20 phaseStartup                    rw P2 int:1..6       -     phase   startup
A.1.2.1.21 phaseOptions                    rw P  int:0..65535   bits  phase
A.1.2.1.22 phaseRing                       rw P2 int:0..255     -     phase
A.1.2.1.23 phaseConcurrency                rw P2 oct:0..255     -     phase
A.1.2.1.24 phaseMaximum3                   rw P  int:0..255     s     phase'
A.1.2.1.25 phaseYellowandRedChangeTimeBeforeEndPedClear rw P int:0..255 ds phase'
A.1.2.1.26 phasePedWalkService             rw P  int:0..255     -     phase'
A.1.2.1.27 phaseDontWalkRevert             rw P  int:0..255     ds    phase'
A.1.2.1.28 phasePedAlternateClearance      rw P  int:0..255     s     phase'
A.1.2.1.29 phasePedAlternateWalk           rw P  int:0..255     s     phase'
A.1.2.1.30 phasePedAdvanceWalkTime         rw P  int:0..255     ds    phase'
A.1.2.1.31 phasePedDelay                   rw P  int:0..255     ds    phase'
A.1.2.1.32 phaseAdvWarnGrnStartTime        rw P  int:0..255     ds    phase'
A.1.2.1.33 phaseAdvWarnRedStartTime        rw P  int:0..255     ds    phase'
A.1.2.1.34 phaseAltMinTimeTransition       rw P  int:0..255     s     phase'
A.1.3      maxPhaseGroups                  ro S  int:1..255     -     -
A.1.4.1.1  phaseStatusGroupNumber          ro S  int:1..255     -     phase-group
A.1.4.1.2  phaseStatusGroupReds            ro S  int:0..255     bits  phase-group
A.1.4.1.3  phaseStatusGroupYellows         ro S  int:0..255     bits  phase-group
A.1.4.1.4  phaseStatusGroupGreens          ro S  int:0..255     bits  phase-group
A.1.4.1.5  phaseStatusGroupDontWalks       ro S  int:0..255     bits  phase-group
A.1.4.1.6  phaseStatusGroupPedClears       ro S  int:0..255     bits  phase-group
A.1.4.1.7  phaseStatusGroupWalks           ro S  int:0..255     bits  phase-group
A.1.4.1.8  phaseStatusGroupVehCalls        ro S  int:0..255     bits  phase-group
A.1.4.1.9  phaseStatusGroupPedCalls        ro S  int:0..255     bits  phase-group
A.1.4.1.10 phaseStatusGroupPhaseOns        ro S  int:0..255     bits  phase-group
A.1.4.1.11 phaseStatusGroupPhaseNexts      ro S  int:0..255     bits  phase-group
A.1.5.1.1  phaseControlGroupNumber         ro S  int:1..255     -     phase-group
A.1.5.1.2  phaseControlGroupPhaseOmit      rw C  int:0..255     bits  phase-group
A.1.5.1.3  phaseControlGroupPedOmit        rw C  int:0..255     bits  phase-group
A.1.5.1.4  phaseControlGroupHold           rw C  int:0..255     bits  phase-group
A.1.5.1.5  phaseControlGroupForceOff       rw C  int:0..255     bits  phase-group
A.1.5.1.6  phaseControlGroupVehCall        rw C  int:0..255     bits  phase-group
A.1.5.1.7  phaseControlGroupPedCall        rw C  int:0..255     bits  phase-group
A.2.1      maxVehicleDetectors             ro S  int:0..255     -     -
A.2.2.1.1  vehicleDetectorNumber           ro S  int:1..255     -     detector
A.2.2.1.2  vehicleDetectorOptions          rw P  int:0..255     bits  detector
A.2.2.1.4  vehicleDetectorCallPhase        rw P  int:0..255     -     detector
A.2.2.1.5  vehicleDetectorSwitchPhase      rw P  int:0..255     -     detector
A.2.2.1.6  vehicleDetectorDelay            rw P  int:0..65535   ds    detector
A.2.2.1.7  vehicleDetectorExtend           rw P  int:0..255     ds    detector
A.2.2.1.8  vehicleDetectorQueueLimit       rw P  int:0..255     s     detector
A.2.2.1.9  vehicleDetectorNoActivity       rw P  int:0..255     min   detector
A.2.2.1.10 vehicleDetectorMaxPresence      rw P  int:0..255     min   detector
A.2.2.1.11 vehicleDetectorErraticCounts    rw P  int:0..255     1/min detector
A.2.2.1.12 vehicleDetectorFailTime         rw P  int:0..255     s     detector
A.2.2.1.13 vehicleDetectorAlarms           ro S  int:0..255     bits  detector
A.2.2.1.14 vehicleDetectorReportedAlarms   ro S  int:0..255     bits  detector
A.2.2.1.15 vehicleDetectorReset            rw C  int:0..1       -     detector
A.2.3      maxVehicleDetectorStatusGroups  ro S  int:0..255     -     -
A.2.4.1.1  vehicleDetectorStatusGroupNumber ro S int:1..255     -     detector-group
A.2.4.1.2  vehicleDetectorStatusGroupActive ro S int:0..255     bits  detector-group
A.2.4.1.3  vehicleDetectorStatusGroupAlarms ro S int:0..255     bits  detector-group
A.2.5.1    volumeOccupancySequence         ro S  int:0..255     -     -
A.2.5.2    volumeOccupancyPeriod           rw P  int:0..255     s     -
A.2.5.3    activeVolumeOccupancyDetectors  ro S  int:0..255     -     -
A.2.5.4.1.1 detectorVolume                 ro S  int:0..255     veh   detector
A.2.5.4.1.2 detectorOccupancy              ro S  int:0..255     0.5%  detector
A.2.6      maxPedestrianDetectors          ro S  int:0..255     -     -
A.2.7.1.1  pedestrianDetectorNumber        ro S  int:1..255     -     ped-detector
A.2.7.1.2  pedestrianDetectorCallPhase     rw P  int:0..255     -     ped-detector
A.2.7.1.3  pedestrianDetectorNoActivity    rw P  int:0..255     min   ped-detector
A.2.7.1.4  pedestrianDetectorMaxPresence   rw P  int:0..255     min   ped-detector
A.2.7.1.5  pedestrianDetectorErraticCounts rw P  int:0..255     1/min ped-detector
A.2.7.1.6  pedestrianDetectorAlarms        ro S  int:0..255     bits  ped-detector
A.3.1      unitStartUpFlash                rw P  int:0..255     s     -
A.3.2      unitAutoPedestrianClear         rw P  int:1..2       -     -       able
A.3.3      unitBackupTime                  rw P  int:0..65535   s     -
A.3.4      unitRedRevert                   rw P  int:0..255     ds    -
A.3.5      unitControlStatus               ro S  int:1..8       -     -       control
A.3.6      unitFlashStatus                 ro S  int:1..8       -     -       flash
A.3.7      unitAlarmStatus2                ro S  int:0..255     bits  -
A.3.8      unitAlarmStatus1                ro S  int:0..255     bits  -
A.3.9      shortAlarmStatus                ro S  int:0..255     bits  -
A.3.10     unitControl                     rw C  int:0..255     bits  -
A.3.11     maxAlarmGroups                  ro S  int:1..255     -     -
A.3.12.1.1 alarmGroupNumber                ro S  int:1..255     -     alarm-group
A.3.12.1.2 alarmGroupState                 ro S  int:0..255     bits  alarm-group
A.3.13     maxSpecialFunctionOutputs       ro S  int:1..255     -     -
A.3.14.1.1 specialFunctionOutputNumber     ro S  int:1..255     -     function
A.3.14.1.2 specialFunctionOutputState      rw C  int:0..1       -     function
A.3.14.1.3 specialFunctionOutputControl    rw C  int:0..1       -     function
A.3.14.1.4 specialFunctionOutputStatus     ro S  int:0..1       -     function
A.4.1      coordOperationalMode            rw P  int:0..255     -     -
A.4.2      coordCorrectionMode             rw P  int:1..5       -     -       correction
A.4.3      coordMaximumMode                rw P  int:1..4       -     -       maximum
A.4.4      coordForceMode                  rw P  int:1..3       -     -       force
A.4.5      maxPatterns                     ro S  int:0..253     -     -
A.4.6      patternTableType                ro S  int:1..4       -     -       table
A.4.7.1.1  patternNumber                   ro S  int:1..253     -     pattern
A.4.7.1.2  patternCycleTime                rw P  int:0..255     s     pattern
A.4.7.1.3  patternOffsetTime               rw P  int:0..255     s     pattern
A.4.7.1.4  patternSplitNumber              rw P  int:0..255     -     pattern
A.4.7.1.5  patternSequenceNumber           rw P  int:0..255     -     pattern
A.4.7.1.6  patternCoordSyncPoint           rw P  int:0..255     -     pattern'
A.4.7.1.7  patternOptions                  rw P  int:0..255     bits  pattern'
A.4.8      maxSplits                       ro S  int:0..255     -     -
A.4.9.1.1  splitNumber                     ro S  int:1..255     -     split.phase
A.4.9.1.2  splitPhase                      ro S  int:1..255     -     split.phase
A.4.9.1.3  splitTime                       rw P  int:0..255     s     split.phase
A.4.9.1.4  splitMode                       rw P  int:1..7       -     split.phase split
A.4.9.1.5  splitCoordPhase                 rw P  int:0..1       -     split.phase
A.4.9.1.6  splitOptions                    rw P  int:0..255     bits  split.phase'
A.4.10     coordPatternStatus              ro S  int:0..255     -     -
A.4.11     localFreeStatus                 ro S  int:1..11      -     -       free
A.4.12     coordCycleStatus                ro S  int:0..65535   s     -
A.4.13     coordSyncStatus                 ro S  int:0..65535   s     -
A.4.14     systemPatternControl            rw C  int:0..255     -     -
A.4.15     systemSyncControl               rw C  int:0..255     s     -
A.4.16     unitCoordSyncPoint              rw P  int:0..255     -     -'
A.5.1      timebaseAscPatternSync          rw P  int:0..65535   min   -
A.5.2      maxTimebaseAscActions           ro S  int:0..255     -     -
A.5.3.1.1  timebaseAscActionNumber         ro S  int:1..255     -     action
A.5.3.1.2  timebaseAscPattern              rw P  int:0..255     -     action
A.5.3.1.3  timebaseAscAuxillaryFunction    rw P  int:0..255     bits  action
A.5.3.1.4  timebaseAscSpecialFunction      rw P  int:0..255     bits  action
A.5.4      timebaseAscActionStatus         ro S  int:0..255     -     -
A.6.1      maxPreempts                     ro S  int:0..255     -     -
A.6.2.1.1  preemptNumber                   ro S  int:1..255     -     preempt
A.6.2.1.2  preemptControl                  rw P  int:0..255     bits  preempt
A.6.2.1.3  preemptLink                     rw P  int:0..255     -     preempt
A.6.2.1.4  preemptDelay                    rw P  int:0..65535   s     preempt
A.6.2.1.5  preemptMinimumDuration          rw P  int:0..65535   s     preempt
A.6.2.1.6  preemptMinimumGreen             rw P  int:0..255     s     preempt
A.6.2.1.7  preemptMinimumWalk              rw P  int:0..255     s     preempt
A.6.2.1.8  preemptEnterPedClear            rw P  int:0..255     s     preempt
A.6.2.1.9  preemptTrackGreen               rw P  int:0..255     s     preempt
A.6.2.1.10 preemptDwellGreen               rw P  int:0..255     s     preempt
A.6.2.1.11 preemptMaximumPresence          rw P  int:0..65535   s     preempt
A.6.2.1.12 preemptTrackPhase               rw P2 oct:0..255     -     preempt
A.6.2.1.13 preemptDwellPhase               rw P2 oct:0..255     -     preempt
A.6.2.1.14 preemptDwellPed                 rw P2 oct:0..255     -     preempt
A.6.2.1.15 preemptExitPhase                rw P2 oct:0..255     -     preempt
A.6.2.1.16 preemptState                    ro S  int:1..9       -     preempt preempt
A.6.2.1.17 preemptTrackOverlap             rw P2 oct:0..255     -     preempt
A.6.2.1.18 preemptDwellOverlap             rw P2 oct:0..255     -     preempt
A.6.2.1.19 preemptCyclingPhase             rw P2 oct:0..255     -     preempt
A.6.2.1.20 preemptCyclingPed               rw P2 oct:0..255     -     preempt
A.6.2.1.21 preemptCyclingOverlap           rw P2 oct:0..255     -     preempt
A.6.2.1.22 preemptEnterYellowChange        rw P  int:0..255     ds    preempt
A.6.2.1.23 preemptEnterRedClear            rw P  int:0..255     ds    preempt
A.6.2.1.24 preemptTrackYellowChange        rw P  int:0..255     ds    preempt
A.6.2.1.25 preemptTrackRedClear            rw P  int:0..255     ds    preempt
A.6.3.1.1  preemptControlNumber            ro S  int:1..255     -     preempt
A.6.3.1.2  preemptControlState             rw C  int:0..1       -     preempt
A.7.1      maxRings                        ro S  int:1..255     -     -
A.7.2      maxSequences                    ro S  int:1..255     -     -
A.7.3.1.1  sequenceNumber                  ro S  int:1..255     -     sequence.ring
A.7.3.1.2  sequenceRingNumber              ro S  int:1..255     -     sequence.ring
A.7.3.1.3  sequenceData                    rw P2 oct:0..255     -     sequence.ring
A.7.4      maxRingControlGroups            ro S  int:1..255     -     -
A.7.5.1.1  ringControlGroupNumber          ro S  int:1..255     -     ring-group
A.7.5.1.2  ringControlGroupStopTime        rw C  int:0..255     bits  ring-group
A.7.5.1.3  ringControlGroupForceOff        rw C  int:0..255     bits  ring-group
A.7.5.1.4  ringControlGroupMax2            rw C  int:0..255     bits  ring-group
A.7.5.1.5  ringControlGroupMaxInhibit      rw C  int:0..255     bits  ring-group
A.7.5.1.6  ringControlGroupPedRecycle      rw C  int:0..255     bits  ring-group
A.7.5.1.7  ringControlGroupRedRest         rw C  int:0..255     bits  ring-group
A.7.5.1.8  ringControlGroupOmitRedClear    rw C  int:0..255     bits  ring-group
A.7.6.1.1  ringStatus                      ro S  int:0..255     bits  ring
A.8.1      maxChannels                     ro S  int:1..255     -     -
A.8.2.1.1  channelNumber                   ro S  int:1..255     -     channel
A.8.2.1.2  channelControlSource            rw P  int:0..255     -     channel
A.8.2.1.3  channelControlType              rw P  int:1..6       -     channel channel
A.8.2.1.4  channelFlash                    rw P  int:0..255     bits  channel
A.8.2.1.5  channelDim                      rw P  int:0..255     bits  channel
A.8.3      maxChannelStatusGroups          ro S  int:1..255     -     -
A.8.4.1.1  channelStatusGroupNumber        ro S  int:1..255     -     channel-group
A.8.4.1.2  channelStatusGroupReds          ro S  int:0..255     bits  channel-group
A.8.4.1.3  channelStatusGroupYellows       ro S  int:0..255     bits  channel-group
A.8.4.1.4  channelStatusGroupGreens        ro S  int:0..255     bits  channel-group
A.9.1      maxOverlaps                     ro S  int:1..255     -     -
A.9.2.1.1  overlapNumber                   ro S  int:1..255     -     overlap
A.9.2.1.2  overlapType                     rw P  int:1..3       -     overlap overlap
A.9.2.1.3  overlapIncludedPhases           rw P2 oct:0..255     -     overlap
A.9.2.1.4  overlapModifierPhases           rw P2 oct:0..255     -     overlap
A.9.2.1.5  overlapTrailGreen               rw P  int:0..255     s     overlap
A.9.2.1.6  overlapTrailYellow              rw P  int:0..255     ds    overlap
A.9.2.1.7  overlapTrailRed                 rw P  int:0..255     ds    overlap
A.9.3      maxOverlapStatusGroups          ro S  int:1..255     -     -
A.9.4.1.1  overlapStatusGroupNumber        ro S  int:1..255     -     overlap-group
A.9.4.1.2  overlapStatusGroupReds          ro S  int:0..255     bits  overlap-group
A.9.4.1.3  overlapStatusGroupYellows       ro S  int:0..255     bits  overlap-group
A.9.4.1.4  overlapStatusGroupGreens        ro S  int:0..255     bits  overlap-group
A.10.1     maxPort1Addresses               ro S  int:1..255     -     -
A.10.2.1.1 port1Number                     ro S  int:1..255     -     port1
A.10.2.1.2 port1DevicePresent              rw P  int:0..1       -     port1
A.10.2.1.3 port1Frame40Enable              rw P  int:0..1       -     port1
A.10.2.1.4 port1Status                     ro S  int:1..3       -     port1   port1
A.10.2.1.5 port1FaultFrame                 ro S  int:0..255     -     port1
G.1.1      globalSetIDParameter            ro S  int:0..65535   -     -
G.1.2      globalMaxModules                ro S  int:1..255     -     -
G.1.3.1.1  moduleNumber                    ro S  int:1..255     -     module
G.1.3.1.2  moduleDeviceNode                ro S  oid            -     module
G.1.3.1.3  moduleMake                      ro S  oct:0..255     -     module
G.1.3.1.4  moduleModel                     ro S  oct:0..255     -     module
G.1.3.1.5  moduleVersion                   ro S  oct:0..255     -     module
G.1.3.1.6  moduleType                      ro S  int:1..3       -     module  module
G.1.4      controllerBaseStandards         ro S  oct:0..65535   -     -
G.2.1      dbCreateTransaction             rw C  int:1..6       -     -       transaction
G.2.6      dbVerifyStatus                  ro S  int:0..3       -     -       verify
G.2.7      dbVerifyError                   ro S  oct:0..255     -     -
G.3.1      globalTime                      rw C  clock          s     -
G.3.2      globalDaylightSaving            rw P  int:1..255     -     -       daylight
G.3.3.1    maxTimeBaseScheduleEntries      ro S  int:0..65535   -     -
G.3.3.2.1.1 timeBaseScheduleNumber         ro S  int:1..65535   -     entry
G.3.3.2.1.2 timeBaseScheduleMonth          rw P  int:0..65535   bits  entry
G.3.3.2.1.3 timeBaseScheduleDay            rw P  int:0..255     bits  entry
G.3.3.2.1.4 timeBaseScheduleDate           rw P  int:-2147483648..4294967295 bits entry
G.3.3.2.1.5 timeBaseScheduleDayPlan        rw P  int:0..255     -     entry
G.3.3.3    maxDayPlans                     ro S  int:1..255     -     -
G.3.3.4    maxDayPlanEvents                ro S  int:1..255     -     -
G.3.3.5.1.1 dayPlanNumber                  ro S  int:1..255     -     day-plan.event
G.3.3.5.1.2 dayPlanEventNumber             ro S  int:1..255     -     day-plan.event
G.3.3.5.1.3 dayPlanHour                    rw P  int:0..23      h     day-plan.event
G.3.3.5.1.4 dayPlanMinute                  rw P  int:0..59      min   day-plan.event
G.3.3.5.1.5 dayPlanActionNumberOID         rw P  oid            -     day-plan.event
G.3.3.6    dayPlanStatus                   ro S  int:0..255     -     -
G.3.3.7    timeBaseScheduleTableStatus     ro S  int:0..65535   -     -
G.3.4      globalLocalTimeDifferential     rw P  int:-43200..43200 s  -
G.3.5      controllerStandardTimeZone      rw P  int:-43200..43200 s  -
G.3.6      controllerLocalTime             ro S  clock          s     -
"""

ENUMERATIONS: Final[dict[str, str]] = {
    "startup": "1 other, 2 phaseNotOn, 3 greenWalk, 4 greenNoWalk, 5 yellowChange, 6 redClear",
    "able": "1 disable, 2 enable",
    "control": "1 other, 2 systemControl, 3 systemStandby, 4 backupMode, 5 manual, 6 timebase, "
    "7 interconnect, 8 interconnectBackup",
    "flash": "1 other, 2 notFlash, 3 automatic, 4 localManual, 5 faultMonitor, 6 mmu, 7 startup, "
    "8 preempt",
    "correction": "1 other, 2 dwell, 3 shortway, 4 addOnly, 5 subtractOnly",
    "maximum": "1 other, 2 maximum1, 3 maximum2, 4 maxInhibit",
    "force": "1 other, 2 floating, 3 fixed",
    "table": "1 other, 2 patterns, 3 offset3, 4 offset5",
    "split": "1 other, 2 none, 3 minimumVehicleRecall, 4 maximumVehicleRecall, "
    "5 pedestrianRecall, 6 maximumVehicleAndPedestrianRecall, 7 phaseOmitted",
    "free": "1 other, 2 notFree, 3 commandFree, 4 transitionFree, 5 inputFree, 6 coordFree, "
    "7 badPlan, 8 badCycleTime, 9 splitOverrun, 10 invalidOffset, 11 failed",
    "preempt": "1 other, 2 notActive, 3 notActiveWithCall, 4 entryStarted, 5 trackService, "
    "6 dwell, 7 linkActive, 8 exitStarted, 9 maxPresence",
    "channel": "1 other, 2 phaseVehicle, 3 phasePedestrian, 4 overlap, 5 pedOverlap, 6 queueJump",
    "overlap": "1 other, 2 normal, 3 minusGreenYellow",
    "port1": "1 other, 2 online, 3 responseFault",
    "module": "1 other, 2 hardware, 3 software",
    "transaction": "1 normal, 2 transaction, 3 verify, 6 done",
    "verify": "1 notDone, 2 doneWithError, 3 doneWithNoError",
    "daylight": "1 other, 2 disableDST, 3 enableUSDST, 4 enableEuropeDST, 5 enableAustraliaDST, "
    "6 enableTasmaniaDST",
}
"""Values of enumerated objects. Writing 1 (other) to a parameter is refused as a bad value."""
