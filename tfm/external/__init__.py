"""What other programs are told, and how they are started.

Owns: the `TFM_*` variables (`env`), command lines as lists and where tools are looked for (`command`),
which program opens which file (`associations`), programs in the background with their output in the log
(`background`), the shell around us (`shell`), and the ready scripts (`tools`).

May import: the standard library, `tfm.model`, `tfm.storage`, `tfm.ops`. Nothing here knows a widget: the
terminal is handed over by `tfm/ui/suspend.py`. No shell string is ever built from a name.

Begin with `env.py`: it is the contract with the scripts of users.
"""
