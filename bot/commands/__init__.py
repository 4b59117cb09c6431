"""The subcommands of `brief` and what they print; `bot.cli` puts them together."""
