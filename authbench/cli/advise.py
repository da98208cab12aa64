"""`authbench advise`: which schemes a service structure, threats and requirements leave, and why."""

from typing import Annotated

import typer

from authbench.cli.shared.options import (
    DEFAULT_RESULTS,
    ContextFile,
    Json,
    Results,
    Security,
)


def advise(
    context: ContextFile = None,
    run: Annotated[
        str | None, typer.Option(help="a run for the objective: its id, its path, or 'latest'")
    ] = None,
    scheme: Annotated[list[str] | None, typer.Option(help="only this scheme; may be repeated")] = None,
    results: Results = DEFAULT_RESULTS,
    security: Security = None,
    json: Json = False,
) -> None:
    """Say which schemes remain for your service, threats and requirements, and why each other is excluded.

    A reason is measured where authbench attack, revoke or drill have shown it, and else declared by the
    scheme's card; it says which. Exit 0, also where no scheme remains.

    Example: authbench advise --context docs/context.example.toml
    """
    from analysis.advice.advise import advise as advise_all
    from analysis.advice.context import Context
    from authbench.cli.shared.cards import known_cards
    from authbench.cli.shared.find_run import compares, find_run, summary_of
    from authbench.cli.shared.options import newest_security
    from authbench.contracts.failure import Failure
    from authbench.contracts.toml_file import read_model

    if context is None:
        raise Failure("nothing says what for: give --context FILE, as docs/context.example.toml")
    wanted = read_model(context, Context)
    summary = None
    if run is not None:
        summary = summary_of(find_run(results, run, "that compares arms", compares), results)
    cards = known_cards()
    evidence = newest_security(results, security)
    told = advise_all(wanted, cards, scheme or wanted.options or cards, evidence, summary)
    if json:
        typer.echo(told.model_dump_json(indent=1))
        return
    for key, value in told.said.items():
        typer.echo(f"asked: {key} = {value}")
    typer.echo(f"measured in: {', '.join(told.reports) or 'nothing; every reason is what a card declares'}")
    for title, remains in (("Remain", True), ("Excluded", False)):
        alike: dict[tuple[str, ...], list[str]] = {}
        for one in told.schemes:
            if one.remains is remains:
                reasons = one.of("reservation" if remains else "excludes")
                alike.setdefault(tuple(reason.sentence for reason in reasons), []).append(one.scheme)
        if alike:
            typer.echo(f"\n{title}:")
        for sentences, schemes in alike.items():
            typer.echo(f"  {', '.join(schemes)}")
            for sentence in sentences:
                typer.echo(f"      {'but' if remains else 'because'} {sentence}")
    typer.echo(f"\n{told.sentence}")
