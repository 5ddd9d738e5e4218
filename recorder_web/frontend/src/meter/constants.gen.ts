// Written by tools/generate_meter.py from speechcorpus.dsp.weighting; do not edit.
export const A_POLES_HZ = [20.598997, 107.65265, 737.86223, 12194.217] as const;
export const A_GAIN_DB = 2.0;
export const HIGH_PASS_POLES_HZ = [20.598997, 20.598997, 107.65265] as const;
export const HOPS_PER_S = 50;
export const FLOOR_DBFS = -120.0;
