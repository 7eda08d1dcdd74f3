// What the report looks like. Where it goes, its name and its history come from the command line (reports/html.py).
export default {
  // Worst first. "failed" is an AssertionError; any other exception is "broken": the prober could not tell.
  categories: [
    { name: "Check failed", matchers: { statuses: ["failed"] }, groupBy: ["severity"], groupByMessage: false, expand: true },
    { name: "Unknown: could not tell", matchers: { statuses: ["broken"] }, groupBy: ["severity"], groupByMessage: false, expand: true },
  ],
  // Of no use to a reader, and different in each run.
  hideLabels: ["host", "thread", "framework", "language", "package"],
};
