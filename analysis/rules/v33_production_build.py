from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule


class ProductionBuild(RunRule):
    """V33 voids a run of a server nobody would deploy: with reload, debug mode, an access log, a log level
    below info or a debug build of Python.
    """

    code = "V33"
    lie = "it was a production build"
    unit = "settings"
    advice = "switch it off and run again"
    correctness = True

    def check_run(self, run: RunData) -> Findings:
        for arm, server in run.manifest.servers.items():
            settings = {
                "reload": server.reload,
                "debug": server.debug,
                "the access log": server.access_log,
                f"log level {server.log_level}": server.log_level.lower() in ("debug", "trace"),
                "a debug build of Python": server.python_debug_build,
            }
            switched_on = [name for name, on in settings.items() if on]
            if switched_on:
                sentence = f"the server ran with {', '.join(switched_on)}"
                yield self.finding("void-run", arm, sentence, len(switched_on), 0)
