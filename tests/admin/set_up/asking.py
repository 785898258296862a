"""How the pages of set-up are asked, and what they say."""

from mesproject.setup.steps import standings


def words(company):
    return {one.step.slug: one.word for one in standings(company)}


def errors_of(response):
    return {name: [str(one) for one in said] for name, said in response.context["form"].errors.items()}


def send(client, page, said=None, /, **more):
    return client.post(f"/set-up/{page}/", (said or {}) | more)
