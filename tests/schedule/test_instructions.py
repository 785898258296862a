"""Work instructions of what runs at a station, or of what is to come."""

import pytest

from production.models import SkuGroup, SkuGroupMember, StationLive
from tests.make import NOON, make_file, make_job, make_job_run, make_sku, make_station, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def station():
    return make_station("M1")


@pytest.fixture
def read(client, station):
    """What a person or a tablet of the company is shown."""
    client.force_login(make_user("read_only", company=station.company))

    def shown(query=""):
        answer = client.get(f"/schedule/of/{station.uuid}/instructions/{query}")
        return answer.content.decode() if answer.status_code == 200 else answer.status_code

    return shown


def test_a_file_of_what_runs_is_shown_as_what_it_is(station, read):
    pdf = make_file(company=station.company, name="Assembly.pdf")
    sku = make_sku("A-1", company=station.company, instructions=pdf)
    run = make_job_run(station, job=make_job(company=station.company, sku=sku))
    page = read()
    assert f'data-pdf="/files/{pdf.uuid}/"' in page
    assert "Open the file itself" in page
    sku.instructions = make_file(b"\xff\xd8\xff", company=station.company, content_type="image/jpeg")
    sku.save()
    assert f'<img class="page" src="/files/{sku.instructions.uuid}/"' in read()
    assert run.may_instruct


def test_a_link_is_shown_with_its_host_and_opened_beside(station, read):
    address = "https://docs.example.com/a?b=1&c=2"
    make_job_run(station, sku=make_sku(company=station.company, instructions_url=address))
    page = read()
    assert "Instructions on docs.example.com" in page
    assert 'href="https://docs.example.com/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer"' in page


@pytest.mark.parametrize(
    "address", ["http://docs.example.com/a", "ftp://docs.example.com", "javascript:alert(1)"]
)
def test_an_address_that_is_not_encrypted_is_not_opened(station, read, address):
    make_job_run(station, sku=make_sku(company=station.company, instructions_url=address))
    page = read()
    assert "does not begin with https" in page
    assert f'href="{address}"' not in page


def test_of_a_group_everything_of_every_sku_is_there(station, read):
    group = SkuGroup.objects.create(company=station.company, code="G", name="Pair")
    for code in ("B-1", "A-1"):
        file = make_file(company=station.company, name=f"{code}.pdf")
        sku = make_sku(
            code, company=station.company, instructions=file, instructions_url=f"https://{code}.example"
        )
        SkuGroupMember.objects.create(group=group, sku=sku)
    make_job_run(station, job=make_job(company=station.company), sku_group=group)
    page = read()
    assert page.count('href="?document=') == 4
    assert "A-1.pdf is being opened" in page
    assert "Instructions on b-1.example" in read("?document=3")
    for nonsense in ("9", "-1", "x", "²"):
        assert "A-1.pdf is being opened" in read(f"?document={nonsense}")


def test_a_run_that_is_to_come_is_read_before_it_begins(station, read):
    make_job_run(station)
    sku = make_sku(company=station.company, instructions=make_file(company=station.company, name="Next.pdf"))
    run = make_job_run(station, sku=sku, actual_start=None, planned_start=NOON)
    assert "Next.pdf is being opened" in read(f"?run={run.pk}")
    assert read("?run=x") == read("?run=99999999999") == 404
    other = make_job_run(make_station(company=station.company))
    assert read(f"?run={other.pk}") == 404


def test_where_nothing_runs_or_nothing_is_to_be_read_it_says_so(station, read):
    assert "Nothing runs" in read()
    run = make_job_run(station)
    assert "No instructions" in read()
    assert not run.may_instruct


def test_the_tablet_leads_there_only_where_there_is_something(client, station):
    client.force_login(make_user(company=station.company))
    sku = make_sku(company=station.company)
    run = make_job_run(station, sku=sku)
    StationLive.objects.create(station=station, job_run=run)
    assert "Work instructions" not in client.get(f"/tablet/{station.uuid}/").content.decode()
    sku.instructions_url = "https://docs.example.com"
    sku.save()
    assert "Work instructions" in client.get(f"/tablet/{station.uuid}/").content.decode()
