-- What was shared and who used it is only ever added to (政务数据共享条例 29): a use stands for three years and longer.

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON workflows_userecord
    FOR EACH ROW EXECUTE FUNCTION workflows_append_only();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON workflows_userecord
    FOR EACH STATEMENT EXECUTE FUNCTION workflows_append_only();

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'casedesk_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON workflows_userecord FROM casedesk_app;
        REVOKE DELETE, TRUNCATE ON workflows_datarequest, workflows_supervisionorder FROM casedesk_app;
    END IF;
END $$;
