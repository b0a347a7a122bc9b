"""What Celery's timetable calls at the desk: personal data that is no longer needed goes."""

from celery import shared_task

from casedesk import attempts, drafts


@shared_task(ignore_result=True, acks_late=False, soft_time_limit=30, time_limit=45, max_retries=0)
def clear() -> None:
    """Delete old drafts of forms and counted tries whose window is over."""
    drafts.clear_old()
    attempts.forget_old()
